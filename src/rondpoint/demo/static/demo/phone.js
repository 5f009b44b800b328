/* The demo phone: three apps over what /demo/phone/state says each second. */
"use strict";
(() => {
  const body = document.body, words = body.dataset;
  const $ = (id) => document.getElementById(id);
  const screen = document.querySelector(".screen");
  const language = words.language || "fr";
  const items = new Map();
  const unread = { sms: 0, mail: 0 };
  let last = 0, app = "home", first = true, answers = null, bannerTimer = 0;

  /* The hour today, the day before that. */
  function time(at, both) {
    const then = new Date(at), hour = then.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
    if (then.toDateString() === new Date().toDateString()) return hour;
    const day = then.toLocaleDateString(language, { day: "numeric", month: "short" });
    return both ? `${day}, ${hour}` : day;
  }

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  /* Text with its own house's links made to open in the phone's browser; everything else stays text. */
  function linked(text) {
    const parts = [];
    let from = 0;
    for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
      const address = match[0].replace(/[.,;:)\]]+$/, "");
      parts.push(text.slice(from, match.index));
      const link = make("a", { href: address, rel: "noreferrer" }, address);
      link.addEventListener("click", (event) => { event.preventDefault(); browse(address); });
      parts.push(link);
      from = match.index + address.length;
    }
    parts.push(text.slice(from));
    return parts;
  }

  /* Only this house's pages open here: the frame shows nothing else. */
  function browse(address) {
    const url = new URL(address, location.href);
    if (url.hostname === "127.0.0.1" || url.hostname === "localhost") { url.protocol = location.protocol; url.host = location.host; }
    if (url.origin !== location.origin) { window.open(url.href, "_blank", "noopener"); return; }
    open("web");
    $("web").src = url.pathname + url.search + url.hash;
  }

  function open(name) {
    app = name;
    for (const one of document.querySelectorAll("[data-app]")) one.hidden = one.dataset.app !== name;
    screen.classList.toggle("light-app", name !== "home");
    if (name === "web" && $("web").src.endsWith("about:blank")) $("web").src = words.shop;
    if (name in unread) { unread[name] = 0; badges(); }
    if (name === "sms") { scroll(); $("sms-text").focus({ preventScroll: true }); }
    hideBanner();
  }

  function badges() {
    for (const badge of document.querySelectorAll("[data-badge]")) {
      const number = unread[badge.dataset.badge];
      badge.hidden = !number;
      badge.textContent = number;
    }
  }

  function scroll() { $("sms-list").scrollTop = $("sms-list").scrollHeight; }

  function addSms(item) {
    const list = $("sms-list");
    list.querySelector(".empty")?.remove();
    const before = list.lastElementChild?.dataset.at;
    if (!before || new Date(item.at) - new Date(before) > 300000) list.append(make("p", { class: "moment", "data-at": item.at }, time(item.at, true)));
    list.append(make("div", { class: `bubble ${item.direction}`, "data-at": item.at, "data-id": item.id }, ...linked(item.text)));
    scroll();
  }

  function addMail(item, isNew) {
    const list = $("mail-list");
    list.querySelector(".empty")?.remove();
    const from = item.direction === "in" ? item.name : words.wordYou;
    const text = item.text.split("\n").filter((line) => !line.startsWith(">")).join("\n").trim();
    const content = make("div", { class: "mail-body" }, ...linked(text));
    if (item.direction === "in") {
      const reply = make("button", { class: "mail-reply", type: "button" }, words.wordReply);
      reply.addEventListener("click", () => write(item));
      content.append(reply);
    }
    const node = make("details", { "data-id": item.id },
      make("summary", {}, make("strong", {}, from), make("time", { datetime: item.at }, time(item.at)),
        make("span", { class: "subject" }, item.subject), make("span", { class: "first" }, text.slice(0, 90))), content);
    if (isNew && item.direction === "in") node.classList.add("unread");
    node.addEventListener("toggle", () => node.classList.remove("unread"));
    list.prepend(node);
  }

  function write(item) {
    answers = item;
    $("mail-list").hidden = true;
    $("mail-form").hidden = false;
    $("mail-to").textContent = item ? item.peer : words.shopAddress;
    $("mail-subject").value = item ? (/^re\s*:/i.test(item.subject) ? item.subject : `Re: ${item.subject}`) : "";
    (item ? $("mail-text") : $("mail-subject")).focus({ preventScroll: true });
  }

  function unwrite() { $("mail-form").hidden = true; $("mail-list").hidden = false; $("mail-problem").hidden = true; }

  function notify(item) {
    if (app === item.app && !document.hidden && !(app === "mail" && !$("mail-form").hidden)) { return; }
    unread[item.app] += 1;
    badges();
    $("banner-icon").className = `app-icon ${item.app}`;
    $("banner-icon").replaceChildren(document.querySelector(`[data-open="${item.app}"] svg`).cloneNode(true));
    $("banner-name").textContent = item.name;
    $("banner-text").textContent = item.subject ? `${item.subject} · ${item.text}` : item.text;
    $("announce").textContent = `${item.name}: ${item.text}`;
    $("banner").hidden = false;
    $("banner").onclick = () => open(item.app);
    clearTimeout(bannerTimer);
    bannerTimer = setTimeout(hideBanner, 7000);
  }

  function hideBanner() { $("banner").hidden = true; }

  function done(step) { document.querySelector(`[data-step="${step}"]`).classList.add("done"); }

  function take(item, isNew) {
    if (items.has(item.id)) return;
    items.set(item.id, item);
    last = Math.max(last, item.id);
    if (item.app === "sms") addSms(item); else addMail(item, isNew);
    if (item.direction === "in" && isNew) notify(item);
    if (item.direction === "out" && isNew) done(item.app);
  }

  async function refresh() {
    try {
      const answer = await fetch(`${words.state}?after=${last}`, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const said = await answer.json();
        for (const item of said.items) take(item, !first);
        if (said.chatted) done("chat");
        first = false;
      }
    } catch { /* the server restarts: the next second asks again */ }
    setTimeout(refresh, document.hidden ? 3000 : 1000);
  }

  async function post(address, said, problem) {
    problem.hidden = true;
    let answer, detail = words.wordLost;
    try {
      answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": words.csrf }, body: JSON.stringify(said) });
      const result = await answer.json();
      if (answer.ok) { take(result, true); return true; }
      detail = result.detail || detail;
    } catch { /* said below */ }
    problem.textContent = detail;
    problem.hidden = false;
    return false;
  }

  $("sms-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = $("sms-text"), text = field.value.trim();
    if (!text || field.disabled) return;
    field.disabled = true;
    if (await post(words.sms, { text }, $("sms-problem"))) field.value = "";
    field.disabled = false;
    field.focus();
  });
  $("sms-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("sms-form").requestSubmit(); }
  });
  $("mail-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter, text = $("mail-text").value.trim();
    if (!text) { $("mail-text").focus(); return; }
    if (button) button.disabled = true;
    const said = { text, subject: $("mail-subject").value.trim() };
    if (answers) said.answers = answers.id;
    if (await post(words.mail, said, $("mail-problem"))) { $("mail-text").value = ""; unwrite(); }
    if (button) button.disabled = false;
  });
  $("mail-new").addEventListener("click", () => write(null));
  $("mail-cancel").addEventListener("click", unwrite);
  $("web-home").addEventListener("click", () => { $("web").src = words.shop; });
  $("web").addEventListener("load", () => {
    try {
      const path = $("web").contentWindow.location.pathname;
      $("web-address").textContent = `hirondelle.example.com${path.replace(/^\/demo\/shop/, "").replace(/^\/c\/.*/, "/c/…") || ""}`;
    } catch { $("web-address").textContent = ""; }
  });
  for (const button of document.querySelectorAll("[data-open]")) button.addEventListener("click", () => open(button.dataset.open));

  function tick() {
    const now = new Date();
    $("clock").textContent = $("big-clock").textContent = now.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
    $("big-date").textContent = now.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
  }
  words.shopAddress = $("mail-to").textContent;
  tick();
  setInterval(tick, 10000);
  refresh();
})();
