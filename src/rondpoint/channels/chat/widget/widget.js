/* Rondpoint's chat: one file, no dependency. <script src="…/widget.js" data-key="…" async></script>
   Optional: data-locale, data-jwt, data-theme (auto, light, dark), window.rondpoint = {jwt, locale, theme}. It then gives
   window.Rondpoint: open(), close(), identify(jwt), logout() (when somebody signs out of your site), say(text,
   {name, email, phone}) (in the visitor's name, as a form does, with what she claims of herself) and on("open" | "close" | "message" | "unread", function). */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-key][src*='widget.js']");
  if (!script || window.__rondpoint) return;
  window.__rondpoint = 1;
  const base = new URL(script.src).origin, key = script.dataset.key, full = script.dataset.page;
  const given = window.rondpoint || {}, store = "rondpoint:" + key;
  const locale = (script.dataset.locale || given.locale || document.documentElement.lang || navigator.language || "fr").slice(0, 2) === "fr" ? "fr" : "en";
  const T = locale === "fr" ? {
    open: "Ouvrir la discussion", close: "Fermer la discussion", title: "Discussion", write: "Votre message", send: "Envoyer",
    attach: "Joindre un fichier", hello: "Bonjour, comment pouvons-nous vous aider ?", you: "Vous", sending: "envoi…", sent: "envoyé", read: "lu",
    offline: "Hors connexion. Vos messages partiront dès le retour du réseau.", typing: "écrit…", more: "Continuer ailleurs",
    bySms: "Par SMS", byMail: "Par e-mail", phone: "Votre numéro de mobile", mail: "Votre adresse e-mail", name: "Votre nom", getCode: "Recevoir un code",
    code: "Code à six chiffres", check: "Valider", sentTo: "Un code est parti vers ", proved: "C'est confirmé. Vous pouvez continuer ici ou là-bas, sans rien répéter.",
    wrong: "Ce code n'est pas le bon.", many: "Trop d'essais. Réessayez dans dix minutes.", bad: "Cette adresse ne semble pas complète.",
    cannot: "L'envoi n'a pas pu se faire. Réessayez plus tard.", earlier: "Voir les messages précédents", back: "Retour", big: "Ce fichier dépasse 10 Mo.",
    goOn: "Reprendre votre conversation ici", by: { sms: "La conversation continue par SMS", email: "La conversation continue par e-mail", chat: "La conversation continue ici" },
    unread: "message non lu", fresh: "Nouveaux messages", closed: "Cette discussion n'est pas disponible.",
    noFile: "Ce fichier n'est pas parti. Réessayez.", notSent: "non envoyé", older: "Messages plus anciens", oldLink: "Ce lien a déjà servi ou n'est plus valable. Vous pouvez écrire ici.",
    over: "La conversation est close. Écrivez pour la reprendre.", here: "Nous sommes là", within: "Répond en général en ", away: "Fermé. Réponse ", at: " à ", shut: "Fermé pour le moment",
    leave: "Nous ne sommes pas là. Où vous répondre ?", leaveOk: "C'est noté. La réponse vous attendra aussi à cette adresse.", ok: "Valider", first: "Avant de commencer", begin: "Commencer", skip: "Passer", optional: " (facultatif)",
    copy: "M'envoyer une copie", copied: "Une copie est partie vers ", none: "Il n'y a encore rien à copier.", image: "Agrandir ", hide: "Masquer ce message"
  } : {
    open: "Open the chat", close: "Close the chat", title: "Chat", write: "Your message", send: "Send",
    attach: "Attach a file", hello: "Hello, how can we help you?", you: "You", sending: "sending…", sent: "sent", read: "read",
    offline: "Offline. Your messages will leave as soon as you are back.", typing: "is writing…", more: "Continue elsewhere",
    bySms: "By SMS", byMail: "By e-mail", phone: "Your mobile number", mail: "Your e-mail address", name: "Your name", getCode: "Get a code",
    code: "Six-digit code", check: "Confirm", sentTo: "A code has been sent to ", proved: "Confirmed. You can go on here or there, and repeat nothing.",
    wrong: "This is not the right code.", many: "Too many tries. Try again in ten minutes.", bad: "This address does not look complete.",
    cannot: "It could not be sent. Try again later.", earlier: "See earlier messages", back: "Back", big: "This file is larger than 10 MB.",
    goOn: "Continue your conversation here", by: { sms: "The conversation goes on by SMS", email: "The conversation goes on by e-mail", chat: "The conversation goes on here" },
    unread: "unread message", fresh: "New messages", closed: "This chat is not available.",
    noFile: "This file was not sent. Try again.", notSent: "not sent", older: "Older messages", oldLink: "This link was used already or is too old. You can write here.",
    over: "The conversation is closed. Write to take it up again.", here: "We are here", within: "Usually answers within ", away: "Closed. Back ", at: " at ", shut: "Closed at the moment",
    leave: "Nobody is here now. Where may we answer you?", leaveOk: "Noted. The answer will also wait for you at this address.", ok: "Confirm", first: "Before you begin", begin: "Begin", skip: "Skip", optional: " (optional)",
    copy: "Send me a copy", copied: "A copy has been sent to ", none: "There is nothing to copy yet.", image: "Enlarge ", hide: "Hide this message"
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
    close: "M5 5l10 10M15 5 5 15", down: "M4.5 7.5 10 13l5.500-5.500", send: "M3 3.5 17 10 3 16.5 5 10zM5 10h6", road: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 1.5v5M10 13.5v5M1.5 10h5M13.5 10h5", clip: "M14.5 9.5l-5 5a3 3 0 0 1-4.300-4.300l6-6a2 2 0 0 1 2.900 2.900l-5.700 5.700a1 1 0 0 1-1.400-1.400l5-5"
  };
  const STYLE = `:host{all:initial;color-scheme:light;--bg:#fff;--sunk:#f6f5f2;--line:#dedcd6;--ink:#1c2230;--soft:#555d6d;--brand:#0b5cab;--on:#fff}
@media(prefers-color-scheme:dark){:host(:not([data-theme=light])){DARK}}:host([data-theme=dark]){DARK}
*{box-sizing:border-box}:host,button,textarea,input{font:15px/1.45 ui-sans-serif,system-ui,"Segoe UI",Roboto,sans-serif}
svg{width:20px;height:20px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;display:block;flex:none}
button{border:0;background:none;color:inherit;padding:0;cursor:pointer;border-radius:10px;text-align:inherit}:focus-visible{outline:2px solid var(--ink);outline-offset:2px}[hidden]{display:none!important}
.v{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.go,.panel,.tip{position:fixed;inset-inline-end:20px;z-index:2147483000}
.go{bottom:20px;width:56px;height:56px;border-radius:50%;background:var(--brand);color:var(--on);border:1px solid #0002;display:grid;place-items:center;box-shadow:0 4px 16px #0003}.go svg{width:26px;height:26px}.go:focus-visible{outline-color:var(--brand);box-shadow:0 0 0 2px #fff,0 0 0 6px #1c2230}
.n{position:absolute;top:-4px;inset-inline-end:-4px;min-width:22px;height:22px;border-radius:11px;background:#f5c518;color:#1c2230;border:1px solid #1c2230;font-size:12px;font-weight:650;line-height:20px;padding:0 6px;text-align:center}
.tip{bottom:90px;max-width:260px;display:flex;align-items:flex-start;background:var(--bg);color:var(--ink);border:1px solid var(--line);border-radius:10px;border-end-end-radius:2px;box-shadow:0 8px 32px #0003}.tip button:first-child{padding:12px 0 12px 14px}.tip button+button{width:36px;height:36px;margin:4px;display:grid;place-items:center;color:var(--soft)}.tip svg{width:16px;height:16px}
.panel{bottom:90px;width:380px;height:min(640px,calc(100vh - 110px));background:var(--bg);color:var(--ink);border:1px solid var(--line);border-radius:12px;box-shadow:0 8px 32px #0003;display:flex;flex-direction:column;overflow:hidden}
.page .panel{position:absolute;inset:0;width:auto;height:auto;box-shadow:none}
header{display:flex;align-items:center;gap:10px;padding:12px 8px 12px 16px;padding-block-start:max(12px,env(safe-area-inset-top));background:var(--brand);color:var(--on);border-bottom:1px solid #0002}header div{flex:1;min-width:0}h2{font-size:16px;font-weight:650;line-height:1.3;margin:0}header p{margin:0;font-size:13px;line-height:1.4}h2,header p{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}header button,.bar button{width:40px;height:40px;display:grid;place-items:center;flex:none}header :focus-visible{outline-color:var(--on);outline-offset:-3px}
.av{width:36px;height:36px;border-radius:50%;background:var(--on);color:var(--brand);display:grid;place-items:center;font-size:13px;font-weight:650;flex:none;overflow:hidden}.av img{width:100%;height:100%;object-fit:contain;background:#fff}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:12px 16px 16px;display:flex;flex-direction:column;background:var(--sunk)}.log:focus-visible{outline-offset:-2px}
.m{max-width:85%;padding:8px 12px;border-radius:12px;border-end-start-radius:3px;background:var(--bg);border:1px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;align-self:flex-start;margin-top:12px}.m.me{align-self:flex-end;background:var(--brand);border-color:#0002;color:var(--on);border-radius:12px;border-end-end-radius:3px}.m.j{margin-top:3px}.m a{color:inherit;text-underline-offset:2px}.m :focus-visible{outline-color:currentColor}
.by{display:flex;align-items:center;gap:8px;margin-top:14px;font-size:13px;color:var(--soft)}.by .av{width:24px;height:24px;font-size:10px;background:var(--ink);color:var(--bg)}.by+.m{margin-top:6px}
.pic{display:block;margin-top:4px;cursor:zoom-in}.pic img{max-width:100%;max-height:220px;min-width:24px;border-radius:8px;display:block}.m:has(>.pic:only-child){padding:3px}.m>.pic:only-child{margin:0}.file{display:flex;gap:6px;align-items:center;padding:4px 0}
.t{font-size:12px;color:var(--soft);margin:3px 4px 0;font-variant-numeric:tabular-nums}.t.me{align-self:flex-end}
.r{display:flex;align-items:center;gap:10px;font-size:12px;color:var(--soft);margin-top:16px;text-align:center}.r:before,.r:after{content:"";flex:1;min-width:12px;border-top:1px solid var(--line)}.r.new{color:var(--ink);font-weight:650}.r.new:before,.r.new:after{border-color:#f5c518;border-top-width:2px}.r span::first-letter{text-transform:uppercase}
.dots{display:flex;align-items:center;gap:8px;padding:0 16px 8px;background:var(--sunk);font-size:13px;color:var(--soft)}.dots i{width:6px;height:6px;border-radius:50%;background:currentColor;margin-inline-end:-4px}.dots i:nth-of-type(3){margin-inline-end:0}
.note,.leave{font-size:13px;color:var(--soft);padding:8px 16px;border-top:1px solid var(--line)}.leave{color:var(--ink)}.leave div{display:flex;gap:8px;margin-top:6px}.leave input{flex:1}.leave button{padding:0 14px}
.bar{display:flex;align-items:flex-end;gap:2px;padding:8px;padding-block-end:max(8px,env(safe-area-inset-bottom));border-top:1px solid var(--line)}.bar button{color:var(--soft)}textarea{flex:1;resize:none;border:0;background:none;color:inherit;padding:9px 8px;max-height:120px;min-width:0;border-radius:10px;margin-inline-end:6px}textarea:focus-visible{outline:0}.bar:has(textarea:focus-visible){border-color:var(--soft);box-shadow:inset 0 1px var(--soft)}::placeholder{color:var(--soft);opacity:1}.bar .s,.p{color:var(--on);background:var(--brand);border:1px solid #0002}
form.w{padding:20px 16px;display:flex;flex-direction:column;gap:8px;flex:1;overflow-y:auto}form.w h3{font-size:16px;font-weight:650;margin:0 0 8px}form.w label{font-size:13px;color:var(--soft)}input{padding:10px 12px;border:1px solid var(--soft);border-radius:10px;background:var(--bg);color:inherit;width:100%;min-width:0}.b,.link{min-height:44px;border-radius:10px;border:1px solid var(--line);padding:0 14px;width:100%;text-align:center;font-weight:550}.p{font-weight:550}form.w .p{margin-top:8px}.link{color:var(--soft);font-size:13px;font-weight:400;min-height:40px;border:0;flex:none}
dialog{border:0;padding:0;background:none;max-width:96vw;max-height:94vh}dialog::backdrop{background:#000d}dialog img{display:block;max-width:96vw;max-height:86vh;border-radius:10px}dialog button{display:grid;place-items:center;width:44px;height:44px;margin:0 0 8px auto;color:#fff;background:#0009}dialog :focus-visible{outline-color:#fff}
@media(max-width:480px){.go[aria-expanded=true]{display:none}.panel{inset:var(--top,0) 0 auto;width:auto;height:var(--tall,100dvh);border:0;border-radius:0}textarea,input{font-size:16px}header button,.bar button{width:44px;height:44px}}
@media(prefers-reduced-motion:no-preference){.panel:not([hidden]),.tip:not([hidden]){animation:up .14s ease-out}@keyframes up{from{transform:translateY(8px);opacity:0}}.dots i{animation:dot 1.2s infinite}.dots i:nth-of-type(2){animation-delay:.2s}.dots i:nth-of-type(3){animation-delay:.4s}@keyframes dot{50%{opacity:.25}}}
@media(forced-colors:active){.go,.panel,.m,.bar .s,.av,.n{border:1px solid CanvasText}}`.replaceAll("DARK", "--bg:#1b1e24;--sunk:#14161a;--line:#343842;--ink:#efede8;--soft:#adb3be;color-scheme:dark");

  const host = make("div", { "data-theme": script.dataset.theme || given.theme });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const badge = make("span", { class: "n", hidden: true });
  const launcher = make("button", { class: "go", type: "button", "aria-label": T.open, "aria-expanded": "false", hidden: true, onclick: () => toggle() }, icon(ICON.chat), badge);
  const title = make("h2", { id: "t" }, T.title);
  const who = make("p"), face = make("span", { class: "av", "aria-hidden": "true" });
  const tip = make("div", { class: "tip", hidden: true });
  const dots = make("div", { class: "dots", role: "status", hidden: true });
  const divider = make("div", { class: "r new" }, make("span", {}, T.fresh));
  const leave = make("form", { class: "leave", hidden: true });
  const zoom = make("dialog", { onclick: () => zoom.close(), onclose: () => zoom.replaceChildren() });
  const log = make("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": T.title });
  const note = make("div", { class: "note", role: "status", hidden: true });
  const offer = make("button", { class: "link", type: "button", hidden: true }, T.goOn);
  const box = make("textarea", { rows: "1", "aria-label": T.write, placeholder: T.write, maxlength: "20000" });
  const picker = make("input", { type: "file", multiple: true, hidden: true, "aria-label": T.attach, onchange: () => { [...picker.files].forEach(attach); picker.value = ""; } });
  const bar = make("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); say(); } },
    make("button", { type: "button", "aria-label": T.attach, onclick: () => picker.click() }, icon(ICON.clip)), picker, box,
    make("button", { class: "s", type: "submit", "aria-label": T.send }, icon(ICON.send)));
  const ways = make("form", { class: "w", hidden: true });
  const more = make("button", { type: "button", "aria-label": T.more, title: T.more, hidden: true, onclick: () => (ways.hidden ? elsewhere() : chat()) }, icon(ICON.road));
  const shut = make("button", { type: "button", "aria-label": T.close, hidden: !!full, onclick: () => toggle(false) }, icon(ICON.close));
  const panel = make("div", { class: "panel", role: "dialog", "aria-labelledby": "t", hidden: !full }, make("header", {}, face, make("div", {}, title, who), more, shut), log, dots, ways, offer, leave, note, bar);
  root.append(make("div", { class: full ? "page" : "" }, panel), ...(full ? [] : [tip, launcher]), zoom);

  let config = {}, started = null, stream = null, last = 0, pause = 1000, typed = 0, sendingNow = false, channel = "chat", older = null, using = "", spot = {}, readTo = 0, agent = "";
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
    meet(answer.config);
    more.hidden = !(config.proofs || []).length;
    const history = await call("history");
    older = history.next;
    draw(history.items);
    back(); ask();
    pause = 1000;
    listen();
    flush();
  };
  // Whose chat it is and how soon an answer comes; the launcher asks for this without opening a session.
  const meet = (answer) => {
    config = answer;
    title.textContent = config.brand || T.title;
    paint(config.colour);
    answering(config.agent || agent);
  };
  const preview = async () => {
    try { const answer = await call("config?key=" + key + "&locale=" + locale); if (!started) meet(answer); } catch { /* the chat itself will say what is wrong */ }
    launcher.hidden = false;
    if (!load().hi && !load().token && innerWidth > 480) setTimeout(greet, 8000);
  };
  const greet = () => {
    if (!panel.hidden || load().hi || !config.greeting) return;
    tip.replaceChildren(make("button", { type: "button", onclick: () => toggle(true) }, config.greeting), make("button", { type: "button", "aria-label": T.hide, onclick: () => { hush(); launcher.focus(); } }, icon(ICON.close)));
    tip.hidden = false;
  };
  const hush = () => { tip.hidden = true; if (!load().hi) save({ hi: 1 }); };
  // "demain à 09:00": the days as people say them, in her language and by her own clock.
  const clock = (when) => when.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  const dayOf = (when) => {
    const midnight = (date) => new Date(date).setHours(0, 0, 0, 0), days = Math.round((midnight(when) - midnight(Date.now())) / 864e5);
    if (Math.abs(days) < 2) return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
    return when.toLocaleDateString(locale, days > 0 && days < 7 ? { weekday: "long" } : { weekday: "long", day: "numeric", month: "long", ...(Math.abs(days) > 300 ? { year: "numeric" } : {}) });
  };
  const span = (seconds) => {
    const [unit, count] = seconds < 3600 ? ["minute", seconds / 60] : seconds < 86400 ? ["hour", seconds / 3600] : ["day", seconds / 86400];
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
  };
  const soon = () => {
    const { hours, wait } = config;
    if (!hours) return "";
    if (!hours.open) return hours.next ? T.away + dayOf(new Date(hours.next)) + T.at + clock(new Date(hours.next)) : T.shut;
    return wait ? T.within + span(wait) : T.here;
  };
  // Text on the brand's colour must be readable: black or white, whichever has more contrast.
  const paint = (colour) => {
    const hex = /^#?([0-9a-f]{6})$/i.exec(colour || "");
    if (!hex) return;
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16) / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    host.style.setProperty("--brand", "#" + hex[1]);
    host.style.setProperty("--on", (1.05 / (light + 0.05)) >= ((light + 0.05) / 0.05) ? "#fff" : "#000");
    save({ colour: "#" + hex[1] });
  };
  const initials = (name) => (name || "").split(/[\s-]+/).filter(Boolean).map((word) => [...word][0]).filter((_, place, all) => !place || place === all.length - 1).join("").toUpperCase();
  // The whole log again, for a page of history; the words themselves are announced only when they arrive.
  const draw = (messages) => {
    log.setAttribute("aria-live", "off");
    const mine = [...waiting.values()].filter((entry) => !entry.seq || !messages.some((one) => one.seq === entry.seq));
    shown.clear();
    log.replaceChildren(...(older ? [make("button", { class: "link", type: "button", onclick: further }, T.older)] : [by(config.brand || T.title, true), make("div", { class: "m", dir: "auto" }, config.greeting || T.hello)]));
    channel = "chat"; spot = {};
    messages.sort((a, b) => a.seq - b.seq).forEach(show);
    mine.forEach((entry) => { if (!entry.nodes[0].isConnected) place(entry.nodes, true, "", Date.now()); });
    setTimeout(() => log.setAttribute("aria-live", "polite"), 100);
  };
  const further = async () => {
    if (log.ariaBusy === "true") return;
    log.ariaBusy = "true";
    const page = await call("history?before=" + older).catch(() => null);
    log.ariaBusy = "false";
    if (!page) return tell(T.offline);
    const from = log.scrollHeight - log.scrollTop, all = [...page.items, ...[...shown.values()].map((entry) => entry.message)];
    older = page.next; draw(all);
    log.scrollTop = log.scrollHeight - from;
    log.focus();
  };
  let reach;
  log.addEventListener("scroll", () => { clearTimeout(reach); if (log.scrollTop < 60 && older) reach = setTimeout(() => log.scrollTop < 60 && older && further(), 300); });

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
    hangUp(); started = null; last = 0; using = ""; older = null; readTo = 0;
    waiting.clear(); leave.hidden = true; shown.clear(); log.replaceChildren(); spot = {}; answering(""); badge.hidden = true;
    if (!panel.hidden) start();
  };
  const again = () => { hangUp(); started = null; last = 0; return start(); };
  const hear = (event) => {
    const field = (name) => (event.match(new RegExp("^" + name + ": (.*)$", "m")) || [])[1];
    const name = field("event");
    if (!name) return;
    const data = JSON.parse(field("data"));
    if (name === "message") show(data);
    if (name === "typing") {
      dots.replaceChildren(make("i"), make("i"), make("i"), make("span", {}, (data.name || config.brand || "") + " " + T.typing));
      dots.hidden = false; clearTimeout(typed); typed = setTimeout(() => (dots.hidden = true), 4000);
    }
    if (name === "receipt" && data.state === "read" && (shown.get(data.seq) || {}).mine) wasRead(data.seq);
    if (name === "agent") answering(data.name);
    if (name === "state" && data.state === "closed") { rule(T.over); spot = {}; }
  };

  const show = (message) => {
    last = Math.max(last, message.seq);
    if (shown.has(message.seq)) return;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const mine = message.direction ? message.direction === "in" : message.author.kind === "customer", bot = message.author.kind !== "agent";
    const match = mine && [...waiting].find(([, entry]) => entry.seq === message.seq || (!entry.seq && entry.text === message.text));
    const nodes = match ? match[1].nodes : bubbles(mine), [bubble, meta] = nodes;
    if (match) waiting.delete(match[0]);
    if (!match || (message.files || []).length) bubble.replaceChildren(...linked(message.text));
    (message.files || []).forEach((file) => bubble.append(/^image\/(png|jpeg|gif|webp)$/.test(file.type)
      ? make("button", { class: "pic", type: "button", "aria-label": T.image + file.name, onclick: () => enlarge(file) }, make("img", { src: file.url, alt: file.name, onload: () => { if (mine || below) log.scrollTop = log.scrollHeight; } }))
      : make("a", { class: "file", href: file.url, target: "_blank", rel: "noopener noreferrer" }, icon(ICON.clip), file.name + (file.size ? " · " + size(file.size) : ""))));
    const read = load().read || 0;
    if (!mine && read && message.seq > read && (panel.hidden || document.hidden) && !divider.isConnected) { log.append(divider); spot.name = null; }
    // One that waited stays where it stands, and is not announced twice.
    if (!bubble.isConnected) place(nodes, mine, mine ? "" : message.author.name || config.brand || "", message.at, message.channel);
    const entry = { message, mine, meta };
    shown.set(message.seq, entry);
    if (mine && message.read) wasRead(message.seq);
    else if (!mine && !bot) wasRead(message.seq); // who answers has read what came before
    state(entry);
    if (mine || below) log.scrollTop = log.scrollHeight;
    if (!mine) { if (!bot) answering(message.author.name); dots.hidden = true; }
    emit("message", message);
    seen();
  };
  const bubbles = (mine) => [make("div", { class: "m" + (mine ? " me" : ""), dir: "auto" }), make("div", { class: "t" + (mine ? " me" : "") })];
  const rule = (words) => log.append(make("div", { class: "r" }, make("span", {}, words)));
  const by = (name, brand) => make("div", { class: "by" }, make("span", { class: "av", "aria-hidden": "true" }, ...(brand && config.logo ? [make("img", { src: config.logo, alt: "" })] : [initials(name)])), name);
  // Under its day, after a change of road, and close to the words before when they are the same person's.
  const place = ([bubble, meta], mine, name, at, road) => {
    const when = new Date(at), day = when.toDateString();
    if (day !== spot.day) { rule(dayOf(when)); spot = { day }; }
    if (road && road !== channel) { rule((T.by[road] || road) + " · " + clock(when)); spot = { day }; }
    channel = road || channel;
    const joined = spot.name === name && when - spot.at < 3e5;
    if (joined) spot.meta.hidden = true;
    else if (!mine) log.append(by(name, name === config.brand));
    bubble.classList.toggle("j", joined);
    log.append(bubble, meta);
    spot = { day, name, at: when, meta };
  };
  const state = ({ message, mine, meta }) => {
    meta.replaceChildren(...(mine ? [make("span", { class: "v" }, T.you + " ")] : []), clock(new Date(message.at)) + (mine && message.channel === "chat" ? " · " + (message.seq <= readTo ? T.read : T.sent) : ""));
  };
  const wasRead = (seq) => {
    if (seq <= readTo) return;
    readTo = seq;
    shown.forEach((entry) => { if (entry.mine) state(entry); });
  };
  const size = (bytes) => (bytes < 1e6 ? Math.ceil(bytes / 1e3) + " k" : (bytes / 1e6).toFixed(1) + " M") + (locale === "fr" ? "o" : "B");
  const enlarge = (file) => {
    zoom.replaceChildren(make("button", { type: "button", "aria-label": T.back }, icon(ICON.close)), make("img", { src: file.url, alt: file.name }));
    zoom.setAttribute("aria-label", file.name);
    zoom.showModal();
  };
  const answering = (name) => {
    agent = name === config.brand ? "" : name || "";
    const words = soon();
    who.textContent = [agent, words && agent ? words[0].toLowerCase() + words.slice(1) : words].filter(Boolean).join(" · ");
    who.title = who.textContent;
    face.replaceChildren(!agent && config.logo ? make("img", { src: config.logo, alt: "" }) : initials(agent || config.brand || T.title));
  };
  // Strangers' words become text and links, never markup.
  const linked = (text) => (text || "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)'\]])/).map((part) => (/^https?:\/\//.test(part) ? make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part));
  const seen = () => {
    const read = load().read || 0;
    const fresh = [...shown].filter(([seq, entry]) => seq > read && !entry.mine);
    if (!panel.hidden && document.visibilityState === "visible") {
      if (last > read) { save({ read: last }); call("read", { seq: last }).catch(() => {}); }
      badge.hidden = true;
    } else if (started) { badge.hidden = !fresh.length; badge.textContent = fresh.length; launcher.setAttribute("aria-label", T.open + (fresh.length ? ", " + fresh.length + " " + T.unread : "")); emit("unread", fresh.length); }
  };

  const say = (files = [], label = "", about) => {
    const text = box.value.trim();
    if (!text && !files.length) return;
    const id = crypto.randomUUID ? crypto.randomUUID() : Date.now().toString(36) + Math.random().toString(36).slice(2);
    save({ queue: [...(load().queue || []), { id, text, files, label, about }] });
    box.value = ""; grow(); divider.remove();
    pending({ id, text, label });
    start(); flush();
  };
  const pending = ({ id, text, label }) => {
    const nodes = bubbles(true);
    nodes[0].append(...(text ? linked(text) : [label]));
    nodes[1].textContent = T.sending;
    waiting.set(id, { nodes, text });
    place(nodes, true, "", Date.now());
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
      // What she typed of herself goes first; what of it is no address is left out.
      if (next.about) await call("about", next.about).then(() => (config.reachable = config.reachable || next.about.email || next.about.phone), (refused) => { if (![422, 429].includes(refused.status)) throw refused; });
      const answer = await call("messages", { client_id: next.id, text: next.text, files: next.files });
      done(); remain();
      if (!waiting.has(next.id)) return; // the stream was quicker and took its place
      if (shown.has(answer.seq)) { waiting.delete(next.id); draw([...shown.values()].map((one) => one.message)); }
      else { entry.seq = answer.seq; entry.nodes[1].textContent = clock(new Date()) + " · " + T.sent; }
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
  const chat = () => { ways.hidden = true; log.hidden = bar.hidden = false; log.scrollTop = log.scrollHeight; box.focus(); };
  const over = () => { ways.hidden = false; log.hidden = bar.hidden = dots.hidden = leave.hidden = true; };
  const step = (label, input, button, action) => {
    const field = make("input", { id: "f", ...input, required: true });
    const error = make("div", { role: "alert", class: "t" });
    over();
    ways.replaceChildren(make("label", { for: "f" }, label), field, error, make("button", { class: "b p", type: "submit" }, button), make("button", { class: "link", type: "button", onclick: chat }, T.back));
    ways.onsubmit = async (event) => {
      event.preventDefault();
      try { await action(field.value.trim()); } catch (refused) { error.textContent = why(refused); field.focus(); }
    };
    field.focus();
  };
  const why = ({ status, reason }) => (status === 429 ? T.many : reason === "wrong_code" || status === 410 ? T.wrong : reason === "nothing_said" ? T.none : reason === "not_sent" || !status ? T.cannot : T.bad);
  const mail = { type: "email", autocomplete: "email", maxlength: "254" };
  // Before the first message, when the company asks and nothing is known: a name, an address. They are only claimed.
  const ask = () => {
    const wanted = (config.ask || []).filter((one) => one.required || !load().asked);
    if (!wanted.length || (load().queue || []).length) return;
    over();
    const error = make("div", { role: "alert", class: "t" });
    const fields = wanted.map((one) => make("input", { id: "f-" + one.kind, name: one.kind, required: one.required, ...(one.kind === "email" ? mail : { autocomplete: "name", maxlength: "120" }) }));
    ways.replaceChildren(make("h3", {}, T.first), ...fields.flatMap((field, place) => [make("label", { for: field.id }, T[field.name === "email" ? "mail" : "name"] + (wanted[place].required ? "" : T.optional)), field]), error,
      make("button", { class: "b p", type: "submit" }, T.begin), ...(wanted.some((one) => one.required) ? [] : [make("button", { class: "link", type: "button", onclick: () => done() }, T.skip)]));
    const done = () => { config.ask = []; save({ asked: 1 }); chat(); };
    ways.onsubmit = async (event) => {
      event.preventDefault();
      const said = Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]).filter(([, value]) => value));
      try { if (Object.keys(said).length) await call("about", said); if (said.email) config.reachable = true; done(); } catch (refused) { error.textContent = why(refused); }
    };
    if (!panel.hidden) fields[0].focus();
  };
  // Nobody is here and we do not know where to answer her: she may leave an address.
  const remain = () => {
    if (!config.hours || config.hours.open || config.reachable || !leave.hidden) return;
    const field = make("input", { id: "l", required: true, ...mail }), error = make("div", { role: "alert", class: "t" });
    leave.replaceChildren(make("label", { for: "l" }, T.leave), make("div", {}, field, make("button", { class: "p", type: "submit" }, T.ok)), error);
    leave.onsubmit = async (event) => {
      event.preventDefault();
      try { await call("about", { email: field.value.trim() }); config.reachable = true; leave.hidden = true; tell(T.leaveOk); box.focus(); } catch (refused) { error.textContent = why(refused); }
    };
    leave.hidden = false;
  };
  // A copy by mail goes only to an address she proved; without one a code comes first.
  const copy = async () => {
    try { const { masked } = await call("transcript", {}); chat(); tell(T.copied + masked); } catch (refused) {
      if (refused.reason === "not_proved") return prove("email", copy);
      chat(); tell(why(refused));
    }
  };
  const elsewhere = async () => {
    await start();
    over();
    const known = config.proved ? [] : (await call("proofs").catch(() => ({ items: [] }))).items;
    const choose = (text, action) => make("button", { class: "b", type: "button", onclick: action }, text);
    ways.replaceChildren(make("h3", {}, T.more),
      ...(config.proofs || []).map((kind) => choose(kind === "phone" ? T.bySms : T.byMail, () => prove(kind))),
      ...known.map((one) => choose(T.earlier + " (" + one.masked + ")", async () => { try { confirm(await call("proofs", { known: one.known })); } catch { tell(T.cannot); } })),
      ...((config.proofs || []).includes("email") ? [choose(T.copy, copy)] : []),
      make("button", { class: "link", type: "button", onclick: chat }, T.back));
    ways.querySelector("button").focus();
  };
  const prove = (kind, then) => step(kind === "phone" ? T.phone : T.mail, kind === "phone" ? { type: "tel", autocomplete: "tel" } : mail, T.getCode, async (value) => confirm(await call("proofs", { kind, value }), then));
  const confirm = ({ masked }, then) => step(T.sentTo + masked + ". " + T.code, { inputmode: "numeric", autocomplete: "one-time-code", maxlength: "8" }, T.check, async (code) => {
    await call("proofs/check", { code });
    await again();
    if (then) return then();
    chat(); tell(T.proved);
  });

  const back = () => { if (note.textContent === T.offline) tell(""); };
  const tell = (text) => { note.textContent = text; note.hidden = !text; };
  const grow = () => { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight, 120) + "px"; };
  const toggle = (wanted = panel.hidden) => {
    panel.hidden = !wanted;
    launcher.setAttribute("aria-expanded", String(wanted));
    launcher.setAttribute("aria-label", wanted ? T.close : T.open);
    launcher.replaceChildren(icon(wanted ? ICON.down : ICON.chat), badge);
    hold(wanted);
    if (wanted) {
      hush(); start(); seen();
      if (divider.isConnected) divider.scrollIntoView({ block: "center" }); else log.scrollTop = log.scrollHeight;
      (ways.hidden ? box : ways.querySelector("input,button") || box).focus();
    } else { divider.remove(); launcher.focus(); }
    emit(wanted ? "open" : "close");
  };
  // On a phone the panel is the screen: the page behind stays where it is, and the keyboard takes its part.
  let before;
  const hold = (on) => {
    const page = document.documentElement.style;
    if (on && innerWidth <= 480 && before === undefined) { before = page.overflow; page.overflow = "hidden"; }
    else if (!on && before !== undefined) { page.overflow = before; before = undefined; }
  };
  const fit = () => {
    const view = window.visualViewport;
    if (view.scale > 1.01) return; // she magnifies: the keyboard is not it
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    host.style.setProperty("--tall", view.height + "px");
    host.style.setProperty("--top", view.offsetTop + "px");
    if (below) log.scrollTop = log.scrollHeight;
  };
  if (window.visualViewport && !full) { visualViewport.addEventListener("resize", fit); visualViewport.addEventListener("scroll", fit); }
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
    paint(load().colour); answering("");
    if (full) box.focus();
    else preview();
    if (full || load().token || jwt()) start();
    follow();
  };
  window.Rondpoint = window.rondpoint = {
    ...given, open: () => toggle(true), close: () => toggle(false),
    identify: (token) => { given.jwt = token; return again(); },
    logout: () => {
      given.jwt = script.dataset.jwt = "";
      save({ token: "", queue: [], read: 0, asked: 0 });
      forget();
    },
    say: (text, about) => { toggle(true); const draft = box.value; box.value = text; say([], "", about); box.value = draft; },
    on: (name, listener) => { (heard[name] = heard[name] || []).push(listener); }
  };
  if (document.body) begin(); else addEventListener("DOMContentLoaded", begin);
})();
