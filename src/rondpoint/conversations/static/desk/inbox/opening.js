/* Opening a conversation beside the list without leaving the page; fetched ahead, so that it is there at once. */
import { label } from "../../ui/js/keys.js";
import { toast } from "../../ui/js/toast.js";
import { beside, box, current, line, lines, link, mark, opened, section, words } from "./list.js";

const FRESH = 15000; // milliseconds for which what was fetched ahead may be shown
const KEPT = 8;
const HOVER = 80;
const WAIT = 140; // between two keys before the conversation is fetched

const ahead = new Map();
const desk = document.querySelector(".desk");
const nothing = document.querySelector("#main.nothing");
let turn = 0;
let timer = 0;

const address = (id) => `/conversations/${id}?view=${encodeURIComponent(section.dataset.view)}`;

async function ask(id, early) {
  const headers = { "HX-Request": "true", ...(early ? { Purpose: "prefetch" } : {}) };
  const answer = await fetch(address(id), { headers, credentials: "same-origin", cache: "no-store" });
  return answer.ok && !answer.redirected ? answer.text() : null;
}

function fetched(id, early = false) {
  const kept = ahead.get(id);
  if (kept && Date.now() - kept.at < FRESH) return kept.text;
  const text = ask(id, early).catch(() => undefined);
  ahead.set(id, { at: Date.now(), text });
  while (ahead.size > KEPT) ahead.delete(ahead.keys().next().value);
  return text;
}

/** What was fetched ahead of a conversation is no longer true. */
export function forget(number) {
  const id = line(number)?.dataset.id;
  if (id) ahead.delete(id);
}

/** Opens a conversation. `push` remembers it for the back button; `into` moves the focus to it. */
export async function open(id, { push = true, into = false } = {}) {
  clearTimeout(timer);
  mark(id);
  if (box.contains(document.activeElement) && current()) link(current()).focus({ preventScroll: true });
  if (opened() === id) {
    if (into) enter();
    return;
  }
  const mine = ++turn;
  document.getElementById("main").setAttribute("aria-busy", "true");
  const text = await fetched(id);
  if (mine !== turn) return;
  ahead.delete(id);
  document.getElementById("main").removeAttribute("aria-busy");
  if (text === null) {
    location.assign(address(id));
    return;
  }
  if (text === undefined) {
    mark(opened());
    toast(words.failed, { kind: "bad" });
    return;
  }
  show(text);
  if (push) history.pushState({ conversation: id }, "", address(id));
  if (into || innerWidth <= 720) enter();
  setTimeout(() => mine === turn && current() && early(beside(1)), WAIT * 2);
}

function show(text) {
  const holder = document.createElement("template");
  holder.innerHTML = text;
  const main = holder.content.querySelector("#main");
  const customer = holder.content.querySelector("#customer-pane");
  if (!main) return;
  document.getElementById("customer-pane")?.remove();
  document.getElementById("main").replaceWith(main);
  if (customer) main.after(customer);
  desk.classList.add("reading");
  const heading = main.querySelector(".head h1")?.lastChild?.textContent.trim() || "";
  document.title = `${heading} · Rondpoint`;
  for (const part of [main, customer]) if (part) window.htmx?.process(part);
  label(main);
}

/** The list alone again; false when the page did not begin with it. */
export function shut({ push = true } = {}) {
  if (!nothing) return false;
  turn += 1;
  const row = current();
  document.getElementById("customer-pane")?.remove();
  document.getElementById("main").replaceWith(nothing);
  desk.classList.remove("reading");
  mark("");
  if (push) history.pushState({ conversation: "" }, "", `/inbox?${section.dataset.query}`);
  if (row) link(row).focus();
  return true;
}

/** The focus goes into the conversation. */
export function enter() {
  const main = document.getElementById("main");
  const flow = main.querySelector(".flow") || main;
  if (!flow.hasAttribute("tabindex")) flow.tabIndex = -1;
  flow.focus({ preventScroll: true });
}

const early = (item) => item && item.dataset.id !== opened() && fetched(item.dataset.id, true);

/** The next or previous row: marked and focused at once, opened as soon as the keys rest. */
export function step(by) {
  const item = beside(by);
  if (!item) return;
  mark(item.dataset.id);
  link(item).focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  clearTimeout(timer);
  turn += 1;
  timer = setTimeout(() => open(item.dataset.id), ahead.has(item.dataset.id) ? 0 : WAIT);
  if (item === lines().at(-1)) box.querySelector("[data-more]")?.scrollIntoView({ block: "nearest" });
}

export function opening() {
  history.replaceState({ ...history.state, conversation: opened() }, "");
  mark(opened());
  current()?.scrollIntoView({ block: "nearest" });
  box.addEventListener("click", (event) => {
    const item = event.target.closest("a.row")?.parentElement;
    if (!item || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(item.dataset.id, { into: event.detail === 0 }); // detail 0: by Enter
  });
  let hovering = 0;
  box.addEventListener("pointerover", (event) => {
    clearTimeout(hovering);
    const item = event.pointerType === "mouse" && event.target.closest(".line");
    if (item) hovering = setTimeout(() => early(item), HOVER);
  });
  box.addEventListener("pointerleave", () => clearTimeout(hovering));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#main .head a.back") && shut()) event.preventDefault();
  });
  window.addEventListener("popstate", (event) => {
    const id = event.state?.conversation;
    if (id) open(id, { push: false });
    else if (!shut({ push: false })) location.reload();
  });
}
