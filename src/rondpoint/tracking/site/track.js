/* Rondpoint's page snippet: <script src="…/track.js" data-key="…" async></script>. It asks before it tells anything,
   and heeds Global Privacy Control. window.RondpointTrack: track(event, properties), page(name, properties),
   identify(userId, traits), group(groupId, traits), alias(userId), reset(), consent(true or false).
   data-consent="yours": your own banner asks and calls consent(). data-forms="no", data-files="no": these are not told of.
   A form marked data-rondpoint="form" becomes a conversation in the chat, which is fetched where the page has none. */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-key][src*='track.js']");
  if (!script || window.RondpointTrack) return;
  const given = script.dataset, house = new URL(script.src).origin, store = "rondpoint:track:" + given.key;
  const french = (given.locale || document.documentElement.lang || navigator.language || "").slice(0, 2) === "fr";
  const words = french
    ? ["Pouvons-nous retenir les pages que vous regardez ici, pour mieux vous répondre ?", "Oui, merci", "Non"]
    : ["May we remember which pages you look at here, to answer you better?", "Yes", "No"];
  const id = () => crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, c => (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));
  let kept = {}, waiting = [], timer, pause = 1000, banner, here = "";
  try { kept = JSON.parse(localStorage.getItem(store)) || {}; } catch { /* what is not ours is as good as nothing */ }
  /* A yes holds for thirteen months, a no for six. */
  if (Date.now() - kept.at > (kept.yes ? 395 : 180) * 864e5) kept = {};
  const save = () => { try { localStorage.setItem(store, JSON.stringify(kept)); } catch { /* private windows keep nothing */ } };
  const device = () => kept.anon ||= id();
  const later = wait => { clearTimeout(timer); timer = setTimeout(send, wait); };

  const call = (type, more) => {
    if (kept.yes === false || navigator.globalPrivacyControl) return;
    const page = { path: location.pathname, url: location.href, title: document.title, referrer: document.referrer, search: location.search };
    const campaign = {};
    for (const [name, value] of new URLSearchParams(location.search)) if (name.startsWith("utm_")) campaign[name.slice(4)] = value;
    waiting.push({
      type, messageId: id(), timestamp: new Date().toISOString(), anonymousId: device(), userId: kept.user, ...more,
      context: { page, ...(Object.keys(campaign).length && { campaign }), locale: navigator.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, userAgent: navigator.userAgent, library: { name: "track.js" } },
    });
    if (waiting.length > 200) waiting.shift();
    if (kept.yes) later(waiting.length < 20 ? 1000 : 0);
  };

  /* Nothing leaves, and nothing is written down, before the visitor said yes. What failed is sent again with the same ids. */
  const send = async (leaving) => {
    if (!kept.yes || !waiting.length) return;
    save();
    let size = 0;
    const most = waiting.findIndex((each, number) => number === 50 || (size += JSON.stringify(each).length) > 1e5);
    const calls = waiting.splice(0, most < 0 ? 50 : most || 1);
    const body = JSON.stringify({ writeKey: given.key, sentAt: new Date().toISOString(), batch: calls });
    try {
      const answer = await fetch(house + "/v1/batch", { method: "POST", body, keepalive: leaving === true || body.length < 60000, headers: { "Content-Type": "text/plain" } });
      if (answer.status >= 500 || answer.status === 429) throw 0;
      pause = 1000;
      if (waiting.length) later(0);
    } catch {
      waiting.unshift(...calls);
      later(pause = Math.min(pause * 2, 60000));
    }
  };

  const consent = yes => {
    banner?.remove();
    if (yes !== kept.yes) {
      kept = { yes, at: Date.now(), ...(yes && { anon: kept.anon, user: kept.user }) };
      save();
      if (yes) call("track", { event: "Tracking Accepted" });
      else waiting = [];
    }
    if (yes) later(0);
  };

  const ask = () => {
    banner = document.createElement("div");
    banner.setAttribute("role", "region");
    banner.setAttribute("aria-label", words[0]);
    banner.style.cssText = "position:fixed;z-index:2147483000;left:16px;bottom:16px;max-width:min(360px,calc(100vw - 32px));box-sizing:border-box;padding:16px;border:1px solid #767676;border-radius:10px;background:#fff;color:#1a1a1a;font:14px/1.45 system-ui,sans-serif";
    const text = banner.appendChild(document.createElement("p"));
    text.textContent = words[0];
    text.style.cssText = "margin:0 0 12px";
    [true, false].forEach((yes, number) => {
      const button = banner.appendChild(document.createElement("button"));
      button.textContent = words[number + 1];
      button.style.cssText = "min-height:36px;min-width:88px;margin:0 8px 0 0;padding:0 12px;border:1px solid #1a1a1a;border-radius:6px;background:#fff;color:#1a1a1a;font:inherit;cursor:pointer";
      button.onclick = () => consent(yes);
    });
    document.body.append(banner);
  };

  const page = (name, properties) => {
    here = location.href;
    call("page", { name, properties: { path: location.pathname, title: document.title, ...properties } });
  };
  /* Pages that change without being loaded: the address is looked at after what usually changes it. */
  const moved = () => setTimeout(() => location.href.split("#")[0] !== here.split("#")[0] && page(), 0);
  const wrap = name => {
    const real = history[name];
    history[name] = function (...all) { const answer = real.apply(this, all); moved(); return answer; };
  };

  const file = event => {
    const link = event.target.closest?.("a[href]");
    const name = link && /[^/]+\.(pdf|docx?|xlsx?|pptx?|csv|zip|epub|mp[34])$/i.exec(link.pathname);
    if (name && given.files !== "no") call("track", { event: "File Downloaded", properties: { file: name[0], url: link.href } });
  };
  /* The chat of the page, or that of the source's brand, which is fetched for it. */
  const chat = async () => {
    if (!window.Rondpoint?.say) {
      let tag = document.querySelector("script[data-key][src*='widget.js']");
      if (!tag) {
        const { chat: key } = await (await fetch(house + "/v1/projects/" + given.key + "/settings")).json();
        if (!key) throw 0;
        tag = document.createElement("script");
        tag.dataset.key = key;
        if (given.locale) tag.dataset.locale = given.locale;
        tag.src = house + "/widget.js";
        document.head.append(tag);
      }
      await new Promise((done, failed) => { tag.addEventListener("load", done); tag.addEventListener("error", failed); setTimeout(failed, 9000); });
    }
    return window.Rondpoint;
  };
  const typed = { email: [/mail|courriel/i, /@/], phone: [/\btel|phone|mobile|portable/i, /(\d\D*){6}/], name: [/ (full.?name|name|nom)( |$)/i, /./] };
  const mine = HTMLFormElement.prototype;  /* a field may be called "submit" */
  const form = async event => {
    const sent = event.target, read = name => sent.getAttribute(name), title = read("aria-label") || read("name") || read("id") || document.title, said = [], theirs = event.defaultPrevented;
    let about;
    if (given.forms !== "no") call("track", { event: "Form Submitted", properties: { form: title } });
    if (read("data-rondpoint") !== "form") return;
    event.preventDefault();
    for (const field of sent.elements) {
      const { name, value, type } = field;
      if (!name || !value || /password|hidden|submit|button|file/.test(type) || (/radio|checkbox/.test(type) && !field.checked)) continue;
      said.push((field.labels?.[0]?.textContent.trim() || name) + " : " + value);
      if (/^(text|email|tel)$/.test(type)) for (const kind in typed) if (typed[kind][0].test([type, name, field.autocomplete].join(" ")) && typed[kind][1].test(value)) (about ||= {})[kind] ||= value;
    }
    sent.inert = true;
    try {
      (await chat()).say(title + "\n" + said.join("\n"), about);
      mine.reset.call(sent);
    } catch { theirs || mine.submit.call(sent); /* no chat: it goes where it always went */ }
    sent.inert = false;
  };

  window.RondpointTrack = {
    track: (event, properties) => call("track", { event, properties }),
    page,
    identify: (userId, traits) => { kept.user = userId; call("identify", { traits }); if (kept.yes) save(); },
    group: (groupId, traits) => call("group", { groupId, traits }),
    alias: userId => call("alias", { userId, previousId: device() }),
    reset: () => { kept = { yes: kept.yes, at: kept.at }; if (kept.yes) save(); },
    consent,
  };
  addEventListener("click", file, true);
  addEventListener("submit", form);
  addEventListener("popstate", moved);
  addEventListener("pagehide", () => send(true));
  wrap("pushState");
  wrap("replaceState");
  page();
  if (kept.yes) later(1000);
  else if (kept.yes === undefined && given.consent !== "yours" && !navigator.globalPrivacyControl) document.body ? ask() : addEventListener("DOMContentLoaded", ask);
})();
