/* Rondpoint's page snippet: <script src="…/track.js" data-key="…" async></script>. It asks before it tells anything,
   and heeds Global Privacy Control. window.RondpointTrack: track(event, properties), page(name, properties),
   identify(userId, traits), group(groupId, traits), alias(userId), reset(), consent(true or false).
   data-consent="yours": your own banner asks and calls consent(). data-forms="no", data-files="no": leave these alone. */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-key][src*='track.js']");
  if (!script || window.RondpointTrack) return;
  const given = script.dataset, to = new URL(script.src).origin + "/v1/batch", store = "rondpoint:track:" + given.key;
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
  const later = wait => { clearTimeout(timer); timer = setTimeout(send, wait); };

  const call = (type, more) => {
    if (kept.yes === false || navigator.globalPrivacyControl) return;
    const page = { path: location.pathname, url: location.href, title: document.title, referrer: document.referrer, search: location.search };
    const campaign = {};
    for (const [name, value] of new URLSearchParams(location.search)) if (name.startsWith("utm_")) campaign[name.slice(4)] = value;
    waiting.push({
      type, messageId: id(), timestamp: new Date().toISOString(), userId: kept.user, ...more,
      context: { page, ...(Object.keys(campaign).length && { campaign }), locale: navigator.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, userAgent: navigator.userAgent, library: { name: "track.js" } },
    });
    if (waiting.length > 200) waiting.shift();
    if (kept.yes) later(waiting.length < 20 ? 1000 : 0);
  };

  /* Nothing leaves, and nothing is written down, before the visitor said yes. What failed is sent again with the same ids. */
  const send = async (leaving) => {
    if (!kept.yes || !waiting.length) return;
    kept.anon ||= id();
    save();
    let size = 0;
    const most = waiting.findIndex((each, number) => number === 50 || (size += JSON.stringify(each).length) > 1e5);
    const calls = waiting.splice(0, most < 0 ? 50 : most || 1).map(each => ({ anonymousId: kept.anon, ...each }));
    const body = JSON.stringify({ writeKey: given.key, sentAt: new Date().toISOString(), batch: calls });
    try {
      const answer = await fetch(to, { method: "POST", body, keepalive: leaving === true || body.length < 60000, headers: { "Content-Type": "text/plain" } });
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
  /* A form marked data-rondpoint="form" is said in the chat as well, where the conversation goes on. */
  const form = event => {
    const sent = event.target, title = sent.getAttribute("aria-label") || sent.name || sent.id || document.title, said = [];
    if (given.forms === "no") return;
    call("track", { event: "Form Submitted", properties: { form: title } });
    if (sent.dataset.rondpoint !== "form" || !window.Rondpoint?.say) return;
    event.preventDefault();
    for (const field of sent.elements) {
      if (!field.name || !field.value || /password|hidden|submit|button|file/.test(field.type) || (/radio|checkbox/.test(field.type) && !field.checked)) continue;
      said.push((field.labels?.[0]?.textContent.trim() || field.name) + " : " + field.value);
    }
    window.Rondpoint.say(title + "\n" + said.join("\n"));
    sent.reset();
  };

  window.RondpointTrack = {
    track: (event, properties) => call("track", { event, properties }),
    page,
    identify: (userId, traits) => { kept.user = userId; call("identify", { traits }); if (kept.yes) save(); },
    group: (groupId, traits) => call("group", { groupId, traits }),
    alias: userId => call("alias", { userId, previousId: kept.anon }),
    reset: () => { kept = { yes: kept.yes, at: kept.at }; save(); },
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
