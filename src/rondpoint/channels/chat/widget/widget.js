/* Rondpoint's chat: one file, no dependency. <script src="…/widget.js" data-key="…" async></script>
   Optional: data-locale, data-jwt, window.rondpoint = {jwt, locale}. It then also has open(), close(), identify(jwt),
   logout() (call it when somebody signs out of your site) and on("open" | "close" | "message" | "unread", function). */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-key][src*='widget.js']");
  if (!script || window.__rondpoint) return;
  window.__rondpoint = 1;
  const base = new URL(script.src).origin, key = script.dataset.key, full = script.dataset.page;
  const given = window.rondpoint || {}, store = "rondpoint:" + key;
  const locale = (script.dataset.locale || given.locale || document.documentElement.lang || navigator.language || "fr").slice(0, 2);
  const T = locale === "fr" ? {
    open: "Ouvrir la discussion", close: "Fermer la discussion", title: "Discussion", write: "Votre message", send: "Envoyer",
    attach: "Joindre un fichier", hello: "Bonjour, comment pouvons-nous vous aider ?", you: "Vous", sending: "envoi…", sent: "envoyé",
    offline: "Hors connexion. Vos messages partiront dès le retour du réseau.", typing: "écrit…", more: "Continuer ailleurs",
    bySms: "Par SMS", byMail: "Par e-mail", phone: "Votre numéro de mobile", mail: "Votre adresse e-mail", getCode: "Recevoir un code",
    code: "Code à six chiffres", check: "Valider", sentTo: "Un code est parti vers ", proved: "C'est confirmé. Vous pouvez continuer ici ou là-bas, sans rien répéter.",
    wrong: "Ce code n'est pas le bon.", many: "Trop d'essais. Réessayez dans dix minutes.", bad: "Cette adresse ne semble pas complète.",
    cannot: "Le code n'a pas pu partir. Réessayez plus tard.", earlier: "Voir les messages précédents", back: "Retour", big: "Ce fichier dépasse 10 Mo.",
    goOn: "Reprendre votre conversation ici", by: { sms: "par SMS", email: "par e-mail", chat: "dans la discussion" }, file: "fichier", unread: "message non lu", closed: "Cette discussion n'est pas disponible.",
    noFile: "Ce fichier n'est pas parti. Réessayez.", notSent: "non envoyé", older: "Messages plus anciens", oldLink: "Ce lien a déjà servi ou n'est plus valable. Vous pouvez écrire ici.",
    over: "La conversation est close. Écrivez pour la reprendre.", with: "Avec vous : "
  } : {
    open: "Open the chat", close: "Close the chat", title: "Chat", write: "Your message", send: "Send",
    attach: "Attach a file", hello: "Hello, how can we help you?", you: "You", sending: "sending…", sent: "sent",
    offline: "Offline. Your messages will leave as soon as you are back.", typing: "is writing…", more: "Continue elsewhere",
    bySms: "By SMS", byMail: "By e-mail", phone: "Your mobile number", mail: "Your e-mail address", getCode: "Get a code",
    code: "Six-digit code", check: "Confirm", sentTo: "A code has been sent to ", proved: "Confirmed. You can go on here or there, and repeat nothing.",
    wrong: "This is not the right code.", many: "Too many tries. Try again in ten minutes.", bad: "This address does not look complete.",
    cannot: "The code could not be sent. Try again later.", earlier: "See earlier messages", back: "Back", big: "This file is larger than 10 MB.",
    goOn: "Continue your conversation here", by: { sms: "by SMS", email: "by e-mail", chat: "in the chat" }, file: "file", unread: "unread message", closed: "This chat is not available.",
    noFile: "This file was not sent. Try again.", notSent: "not sent", older: "Older messages", oldLink: "This link was used already or is too old. You can write here.",
    over: "The conversation is closed. Write to take it up again.", with: "With you: "
  };

  // What survives the page: the session's token, the queue of unsent messages, the last one read.
  let memory = {};
  const load = () => { try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return memory; } };
  const save = (change) => { memory = { ...load(), ...change }; try { localStorage.setItem(store, JSON.stringify(memory)); } catch { /* private mode: this page only */ } };
  if (script.dataset.session) save({ token: script.dataset.session, read: 0 });

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 20 20"); svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path); svg.append(line);
    return svg;
  };
  const ICON = {
    chat: "M3 5.5A2.5 2.5 0 0 1 5.5 3h9A2.5 2.5 0 0 1 17 5.5v6a2.5 2.5 0 0 1-2.5 2.5H8l-4 3v-3.300A2.5 2.5 0 0 1 3 11.5z",
    close: "M5 5l10 10M15 5 5 15", send: "M3 3.5 17 10 3 16.5 5 10zM5 10h6", clip: "M14.5 9.5l-5 5a3 3 0 0 1-4.300-4.300l6-6a2 2 0 0 1 2.900 2.900l-5.700 5.700a1 1 0 0 1-1.400-1.400l5-5", road: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 1.5v5M10 13.5v5M1.5 10h5M13.5 10h5"
  };
  const STYLE = `:host{all:initial;color-scheme:light dark;--bg:#fff;--sunk:#f4f3ef;--line:#dedcd6;--ink:#1c2230;--soft:#555d6d;--brand:#0b5cab;--on:#fff}
@media(prefers-color-scheme:dark){:host{--bg:#1b1e24;--sunk:#14161a;--line:#343842;--ink:#efede8;--soft:#adb3be}}
*{box-sizing:border-box}:host,button,textarea,input{font:15px/1.45 ui-sans-serif,system-ui,"Segoe UI",Roboto,sans-serif}
svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;display:block}
button{border:0;background:none;color:inherit;padding:0;cursor:pointer;border-radius:8px}button:focus-visible,textarea:focus-visible,input:focus-visible,a:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
.go{position:fixed;right:20px;bottom:20px;width:56px;height:56px;border-radius:50%;background:var(--brand);color:var(--on);display:grid;place-items:center;box-shadow:0 4px 16px #0003;z-index:2147483000}
.n{position:absolute;top:-2px;right:-2px;min-width:20px;height:20px;border-radius:10px;background:#f5c518;color:#1c2230;font-size:12px;font-weight:650;line-height:20px;padding:0 5px}
.panel{position:fixed;right:20px;bottom:88px;width:380px;height:min(640px,calc(100vh - 108px));background:var(--bg);color:var(--ink);border:1px solid var(--line);border-radius:12px;box-shadow:0 8px 32px #0003;display:flex;flex-direction:column;overflow:hidden;z-index:2147483000}
.page .panel{position:absolute;inset:0;width:auto;height:auto;box-shadow:none}[hidden]{display:none!important}
header{display:flex;align-items:center;gap:4px;padding:10px 8px 10px 16px;border-bottom:1px solid var(--line);border-top:4px solid var(--brand)}h2{font-size:16px;font-weight:650;margin:0}header div{flex:1;min-width:0}header p{margin:0;font-size:13px;color:var(--soft);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}header button,.bar button{width:40px;height:40px;display:grid;place-items:center;color:var(--soft)}
.log{flex:1;overflow-y:auto;padding:12px 16px;display:flex;flex-direction:column;gap:2px;background:var(--sunk)}
.m{max-width:85%;padding:8px 12px;border-radius:12px;background:var(--bg);border:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;align-self:flex-start;margin-top:8px}.m.me{align-self:flex-end;background:var(--brand);border-color:var(--brand);color:var(--on)}.m a{color:inherit}
.m img{max-width:100%;border-radius:8px;display:block;margin-top:6px}.t{font-size:12px;color:var(--soft);margin:2px 4px 0}.t.me{align-self:flex-end}.r{align-self:center;font-size:12px;color:var(--soft);margin-top:12px}
.note{font-size:13px;color:var(--soft);padding:6px 16px;border-top:1px solid var(--line)}
.bar{display:flex;align-items:flex-end;gap:2px;padding:8px;border-top:1px solid var(--line)}textarea{flex:1;resize:none;border:0;background:none;color:inherit;padding:9px 8px;max-height:120px;min-width:0;border-radius:8px;margin-right:6px}textarea:focus-visible{outline-color:var(--soft);outline-offset:-2px}::placeholder{color:var(--soft);opacity:1}.bar .s{color:var(--on);background:var(--brand)}
form.w{padding:16px;display:flex;flex-direction:column;gap:10px;flex:1}form.w label{font-size:13px;color:var(--soft)}form.w input{padding:10px 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:inherit;width:100%}form.w .b,.link{min-height:44px;border-radius:8px;border:1px solid var(--line);padding:0 14px;width:100%}form.w .p{background:var(--brand);color:var(--on);border-color:var(--brand);font-weight:550}.link{color:var(--soft);font-size:13px;min-height:36px;border:0}
@media(max-width:480px){.panel{inset:0;width:auto;height:auto;border:0;border-radius:0}textarea,form.w input{font-size:16px}}@media(prefers-reduced-motion:no-preference){.panel:not([hidden]){animation:up .16s ease-out}@keyframes up{from{transform:translateY(8px);opacity:0}}}`;

  const host = make("div", { class: full ? "page" : "" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const badge = make("span", { class: "n", hidden: true });
  const launcher = make("button", { class: "go", type: "button", "aria-label": T.open, "aria-expanded": "false", onclick: () => toggle() }, icon(ICON.chat), badge);
  const title = make("h2", { id: "t" }, T.title);
  const who = make("p");
  const log = make("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": T.title });
  const note = make("div", { class: "note", role: "status", hidden: true });
  const offer = make("button", { class: "link", type: "button", hidden: true }, T.goOn);
  const box = make("textarea", { rows: "1", "aria-label": T.write, placeholder: T.write, maxlength: "20000" });
  const picker = make("input", { type: "file", multiple: true, hidden: true, "aria-label": T.attach, onchange: () => { [...picker.files].forEach(attach); picker.value = ""; } });
  const bar = make("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); say(); } },
    make("button", { type: "button", "aria-label": T.attach, onclick: () => picker.click() }, icon(ICON.clip)), picker, box,
    make("button", { class: "s", type: "submit", "aria-label": T.send }, icon(ICON.send)));
  const ways = make("form", { class: "w", hidden: true });
  const more = make("button", { type: "button", "aria-label": T.more, title: T.more, onclick: () => (ways.hidden ? elsewhere() : chat()) }, icon(ICON.road));
  const shut = make("button", { type: "button", "aria-label": T.close, hidden: !!full, onclick: () => toggle(false) }, icon(ICON.close));
  const panel = make("div", { class: "panel", role: "dialog", "aria-labelledby": "t", hidden: !full }, make("header", {}, make("div", {}, title, who), more, shut), log, ways, offer, note, bar);
  root.append(panel, ...(full ? [] : [launcher]));

  let config = {}, started = null, stream = null, last = 0, pause = 1000, typed = 0, sendingNow = false, channel = "chat", older = null, using = "";
  const shown = new Map(), waiting = new Map(), heard = {};
  const emit = (name, data) => (heard[name] || []).forEach((listener) => { try { listener(data); } catch { /* the page's own affair */ } });

  const call = async (path, body, options = {}) => {
    const token = load().token;
    const response = await fetch(base + "/chat/v1/" + path, {
      method: body === undefined ? "GET" : "POST", credentials: "omit", ...options,
      headers: { ...(token ? { Authorization: "Bearer " + token } : {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...options.headers },
      body: options.raw || (body === undefined ? undefined : JSON.stringify(body))
    });
    if (!response.ok) { const error = new Error("refused"); error.status = response.status; error.reason = (await response.json().catch(() => ({}))).detail; throw error; }
    return response.status === 204 ? {} : response.json();
  };

  // The first contact waits until somebody opens the chat, or has chatted before: the page pays nothing.
  const start = () => (started = started || open().catch((error) => {
    started = null;
    if (error.status === 401 && jwt()) { given.jwt = script.dataset.jwt = ""; return start(); } // too old: the chat goes on without it
    if (error.status && error.status < 500 && error.status !== 429) { tell(T.closed); return; }
    tell(T.offline); setTimeout(start, later());
  }));
  const jwt = () => given.jwt || script.dataset.jwt;
  const later = () => (pause = Math.min(pause * 2, 30000)) * (0.5 + Math.random() / 2); // not all at once after an outage
  const open = async () => {
    const answer = await call("sessions", { key, page: location.href.split("#")[0].slice(0, 500), locale, ...(jwt() ? { jwt: jwt() } : {}) });
    save({ token: using = answer.token });
    config = answer.config;
    title.textContent = config.brand || T.title;
    paint(config.colour);
    more.hidden = !(config.proofs || []).length;
    const history = await call("history");
    shown.clear(); older = history.next;
    draw(history.items);
    back();
    pause = 1000;
    listen();
    flush();
  };
  // Text on the brand's colour must be readable: black or white, whichever has more contrast.
  const paint = (colour) => {
    const hex = /^#?([0-9a-f]{6})$/i.exec(colour || "");
    if (!hex) return;
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16) / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    host.style.setProperty("--brand", "#" + hex[1]);
    host.style.setProperty("--on", (1.05 / (light + 0.05)) >= ((light + 0.05) / 0.05) ? "#fff" : "#000");
  };
  // The whole log again, for a page of history; the words themselves are announced only when they arrive.
  const draw = (messages) => {
    log.setAttribute("aria-live", "off");
    const first = older ? make("button", { class: "link", type: "button", onclick: async () => {
      const page = await call("history?before=" + older).catch(() => null);
      if (!page) return tell(T.offline);
      const from = log.scrollHeight - log.scrollTop, all = [...page.items, ...[...shown.values()].map((entry) => entry.message)];
      older = page.next; shown.clear(); draw(all);
      log.scrollTop = log.scrollHeight - from;
      log.focus();
    } }, T.older) : make("div", { class: "m" }, config.greeting || T.hello);
    const mine = [...waiting.values()].flatMap((entry) => entry.nodes);
    log.replaceChildren(first); channel = "chat";
    messages.sort((a, b) => a.seq - b.seq).forEach(show);
    log.append(...mine.filter((node) => [...waiting.values()].some((entry) => entry.nodes.includes(node))));
    setTimeout(() => log.setAttribute("aria-live", "polite"), 100);
  };

  const listen = async () => {
    const mine = (stream = new AbortController());
    try {
      const response = await fetch(base + "/chat/v1/stream", { headers: { Authorization: "Bearer " + load().token, "Last-Event-ID": String(last) }, signal: mine.signal, credentials: "omit" });
      if (response.status === 401) return forget();
      if (!response.ok) throw new Error("refused");
      pause = 1000; back();
      const reader = response.body.getReader(), decoder = new TextDecoder();
      for (let text = "", silent; ;) {
        clearTimeout(silent); silent = setTimeout(() => mine.abort(), 45000); // three heartbeats missed: the line is dead
        const { value, done } = await reader.read();
        clearTimeout(silent);
        if (done) break;
        text += decoder.decode(value, { stream: true });
        const events = text.split("\n\n");
        text = events.pop();
        events.forEach(hear);
      }
    } catch { /* the line fell: come again */ }
    if (mine !== stream) return;
    if (!navigator.onLine) tell(T.offline);
    setTimeout(() => mine === stream && listen(), later());
  };
  const hangUp = () => { const line = stream; stream = null; if (line) line.abort(); };
  const forget = () => {
    hangUp(); started = null; last = 0; using = "";
    shown.clear(); waiting.clear(); log.replaceChildren(); answering(""); badge.hidden = true;
    if (!panel.hidden) start();
  };
  const again = () => { hangUp(); started = null; last = 0; return start(); };
  const hear = (event) => {
    const field = (name) => (event.match(new RegExp("^" + name + ": (.*)$", "m")) || [])[1];
    const name = field("event");
    if (!name) return;
    const data = JSON.parse(field("data"));
    if (name === "message") show(data);
    if (name === "typing") { const words = (data.name || "") + " " + T.typing; tell(words); clearTimeout(typed); typed = setTimeout(() => note.textContent === words && tell(""), 4000); }
    if (name === "agent") answering(data.name);
    if (name === "state" && data.state === "closed") log.append(make("div", { class: "r" }, T.over));
  };

  const show = (message) => {
    last = Math.max(last, message.seq);
    if (shown.has(message.seq)) return;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const mine = message.direction ? message.direction === "in" : message.author.kind === "customer";
    const match = mine && [...waiting].find(([, entry]) => entry.seq === message.seq || (!entry.seq && entry.text === message.text));
    const [bubble, meta] = match ? match[1].nodes : [make("div", { class: "m" + (mine ? " me" : "") }), make("div", { class: "t" + (mine ? " me" : "") })];
    if (match) waiting.delete(match[0]);
    if (message.channel && message.channel !== channel) log.append(make("div", { class: "r" }, T.by[message.channel] || message.channel));
    channel = message.channel || channel;
    if (!match || (message.files || []).length) bubble.replaceChildren(...linked(message.text));
    (message.files || []).forEach((file) => bubble.append(/^image\/(png|jpeg|gif|webp)$/.test(file.type)
      ? make("img", { src: file.url, alt: file.name, onload: () => { if (mine || below) log.scrollTop = log.scrollHeight; } })
      : make("a", { href: file.url, target: "_blank", rel: "noopener noreferrer" }, " " + file.name)));
    const when = new Date(message.at), clock = { hour: "2-digit", minute: "2-digit" };
    const at = when.toDateString() === new Date().toDateString() ? when.toLocaleTimeString(locale, clock) : when.toLocaleString(locale, { day: "numeric", month: "short", ...clock });
    meta.textContent = (mine ? T.you : message.author.name || config.brand || "") + " · " + at;
    if (!bubble.isConnected) log.append(bubble, meta); // one that waited stays where it stands, and is not announced twice
    shown.set(message.seq, { message, mine });
    if (mine || below) log.scrollTop = log.scrollHeight;
    if (!mine) { if (message.author.kind === "agent") answering(message.author.name); if (typed) { clearTimeout(typed); typed = 0; tell(""); } }
    emit("message", message);
    seen();
  };
  const answering = (name) => { who.textContent = name ? T.with + name : ""; };
  // Strangers' words become text and links, never markup.
  const linked = (text) => (text || "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)'\]])/).map((part) => (/^https?:\/\//.test(part) ? make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part));
  const seen = () => {
    const read = load().read || 0;
    const fresh = [...shown].filter(([seq, entry]) => seq > read && !entry.mine);
    if (!panel.hidden && document.visibilityState === "visible") {
      if (last > read) { save({ read: last }); call("read", { seq: last }).catch(() => {}); }
      badge.hidden = true;
    } else { badge.hidden = !fresh.length; badge.textContent = fresh.length; launcher.setAttribute("aria-label", T.open + (fresh.length ? ", " + fresh.length + " " + T.unread : "")); emit("unread", fresh.length); }
  };

  const say = (files = [], label = "") => {
    const text = box.value.trim();
    if (!text && !files.length) return;
    const id = crypto.randomUUID ? crypto.randomUUID() : Date.now().toString(36) + Math.random().toString(36).slice(2);
    save({ queue: [...(load().queue || []), { id, text, files, label }] });
    box.value = ""; grow();
    pending({ id, text, label });
    start(); flush();
  };
  const pending = ({ id, text, label }) => {
    const nodes = [make("div", { class: "m me" }, ...(text ? linked(text) : [label])), make("div", { class: "t me" }, T.sending)];
    waiting.set(id, { nodes, text });
    log.append(...nodes);
    log.scrollTop = log.scrollHeight;
  };
  // In order, one at a time, by one tab; a message leaves the queue only once the server has it on disk.
  const alone = (work) => (navigator.locks ? navigator.locks.request(store, work) : work());
  const flush = async () => {
    if (sendingNow || !load().token) return;
    sendingNow = true;
    try {
      await alone(async () => { for (let next; (next = (load().queue || [])[0]);) await deliver(next); });
      back();
    } catch (error) {
      if (error.status === 401) { save({ token: "" }); again(); }
      tell(T.offline);
      setTimeout(flush, error.status === 429 ? 5000 : 3000);
    }
    sendingNow = false;
  };
  const deliver = async (next) => {
    if (!waiting.has(next.id)) pending(next);
    const entry = waiting.get(next.id), done = () => save({ queue: (load().queue || []).filter((one) => one.id !== next.id) });
    try {
      const answer = await call("messages", { client_id: next.id, text: next.text, files: next.files });
      done();
      if (!waiting.has(next.id)) return; // the stream was quicker and took its place
      if (shown.has(answer.seq)) { entry.nodes.forEach((node) => node.remove()); waiting.delete(next.id); }
      else { entry.seq = answer.seq; entry.nodes[1].textContent = T.you + " · " + T.sent; }
    } catch (error) {
      if (error.status !== 422 && error.status !== 413 && error.status !== 400) throw error;
      done(); // it will never be taken: it stays on the screen, marked so
      entry.nodes[1].textContent = T.notSent;
      waiting.delete(next.id);
    }
  };
  const attach = async (file) => {
    if (file.size > 10e6) return tell(T.big);
    await start();
    try {
      const kept = await call("files", null, { raw: file, headers: { "Content-Type": file.type || "application/octet-stream", "X-Filename": encodeURIComponent(file.name) } });
      say([kept.id], file.name);
    } catch { tell(T.noFile); }
  };

  // Going on elsewhere: an address, a code sent to it, and the code back.
  const chat = () => { ways.hidden = true; log.hidden = bar.hidden = false; box.focus(); };
  const step = (label, input, button, action) => {
    const field = make("input", { id: "f", ...input, required: true });
    const error = make("div", { role: "alert", class: "t" });
    ways.replaceChildren(make("label", { for: "f" }, label), field, error, make("button", { class: "b p", type: "submit" }, button), make("button", { class: "link", type: "button", onclick: chat }, T.back));
    ways.onsubmit = async (event) => {
      event.preventDefault();
      try { await action(field.value.trim()); } catch (refused) {
        error.textContent = refused.status === 429 ? T.many : refused.reason === "wrong_code" || refused.status === 410 ? T.wrong : refused.reason === "not_sent" || !refused.status ? T.cannot : T.bad;
      }
    };
    field.focus();
  };
  const elsewhere = async () => {
    await start();
    ways.hidden = false; log.hidden = bar.hidden = true;
    const known = config.proved ? [] : (await call("proofs").catch(() => ({ items: [] }))).items;
    const choose = (text, action) => make("button", { class: "b", type: "button", onclick: action }, text);
    const ask = (kind) => step(kind === "phone" ? T.phone : T.mail, kind === "phone" ? { type: "tel", autocomplete: "tel" } : { type: "email", autocomplete: "email" }, T.getCode, async (value) => confirm(await call("proofs", { kind, value })));
    ways.replaceChildren(make("label", {}, T.more),
      ...(config.proofs || []).map((kind) => choose(kind === "phone" ? T.bySms : T.byMail, () => ask(kind))),
      ...known.map((one) => choose(T.earlier + " (" + one.masked + ")", async () => { try { confirm(await call("proofs", { known: one.known })); } catch { tell(T.cannot); } })),
      make("button", { class: "link", type: "button", onclick: chat }, T.back));
    ways.querySelector("button").focus();
  };
  const confirm = ({ masked }) => step(T.sentTo + masked + ". " + T.code, { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "8" }, T.check, async (code) => {
    await call("proofs/check", { code });
    await again(); chat(); tell(T.proved);
  });

  const back = () => { if (note.textContent === T.offline) tell(""); };
  const tell = (text) => { note.textContent = text; note.hidden = !text; };
  const grow = () => { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight, 120) + "px"; };
  const toggle = (wanted = panel.hidden) => {
    panel.hidden = !wanted;
    launcher.setAttribute("aria-expanded", String(wanted));
    launcher.setAttribute("aria-label", wanted ? T.close : T.open);
    if (wanted) { start(); log.scrollTop = log.scrollHeight; seen(); box.focus(); } else launcher.focus();
    emit(wanted ? "open" : "close");
  };
  let told = 0;
  box.addEventListener("input", () => { grow(); if (Date.now() - told > 3000 && load().token) { told = Date.now(); call("typing", {}).catch(() => {}); } });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); } });
  box.addEventListener("paste", (event) => { const files = [...event.clipboardData.files]; if (files.length) { event.preventDefault(); files.forEach(attach); } });
  panel.addEventListener("dragover", (event) => event.preventDefault());
  panel.addEventListener("drop", (event) => { event.preventDefault(); [...event.dataTransfer.files].forEach(attach); });
  panel.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" && !full) toggle(false);
    if (event.key === "Tab" && !full) {
      const stops = [...panel.querySelectorAll("button,textarea,input,a,[tabindex]")].filter((one) => one.offsetParent);
      const [first, end] = [stops[0], stops[stops.length - 1]];
      if (event.shiftKey && root.activeElement === first) { event.preventDefault(); end.focus(); }
      else if (!event.shiftKey && root.activeElement === end) { event.preventDefault(); first.focus(); }
    }
  });
  addEventListener("online", () => { flush(); if (stream) { hangUp(); listen(); } });
  document.addEventListener("visibilitychange", seen);
  addEventListener("storage", (event) => { if (event.key === store) { seen(); const token = load().token; if (token && token !== using) again(); else if (!token && using) forget(); } });

  // A link that lands on this page goes on only when somebody says so: looking burns nothing.
  const follow = () => {
    const token = (location.hash.match(/^#rp=([\w-]+)/) || [])[1];
    if (!token) return;
    offer.hidden = false;
    offer.onclick = async () => {
      try { await start(); await call("continuations", { token }); } catch (error) { if (!error.status) return tell(T.offline); tell(T.oldLink); }
      history.replaceState(null, "", location.pathname + location.search);
      offer.hidden = true;
      box.focus();
    };
    if (!full) toggle(true);
    offer.focus();
  };
  const begin = () => {
    (full ? document.getElementById(full) : document.body).append(host);
    if (full || load().token || jwt()) start();
    if (full) box.focus();
    follow();
  };
  window.rondpoint = {
    ...given, open: () => toggle(true), close: () => toggle(false),
    identify: (token) => { given.jwt = token; return again(); },
    logout: () => {
      given.jwt = script.dataset.jwt = "";
      save({ token: "", queue: [], read: 0 });
      forget();
    },
    on: (name, listener) => { (heard[name] = heard[name] || []).push(listener); }
  };
  if (document.body) begin(); else addEventListener("DOMContentLoaded", begin);
})();
