/* The palette: a combobox over actions, places, people, conversations and, while one writes, canned answers. */
import { key, keys } from "../../ui/js/keys.js";
import { bare, score } from "./fuzzy.js";

const ASK_AFTER = 110; // milliseconds
const MOST = 9; // of a kind
const REMEMBERED = 6;
const KINDS = ["recent", "action", "view", "door", "answer", "customer", "conversation", "message", "search"];
const MOVING = new Set(["mod+k", "j", "k", "x", "enter", "escape"]); // of use only under the fingers
const MEMORY = "palette:recent";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
const status = dialog.querySelector(".none");
const icons = document.getElementById("palette-icons");

let places = null; // views and doors, asked for once a page
let loading = null;
let actions = [];
let found = [];
let asked = 0;
let timer = 0;
let chosen = 0;
let shown = [];
let down = false;

/** Opens the palette; the keys that can be pressed now are its actions. */
export function show() {
  if (dialog.open) return;
  actions = keys()
    .filter((one) => one.label && !MOVING.has(one.combo))
    .sort((a, b) => (a.combo === "?") - (b.combo === "?"))
    .map((one) => ({ kind: "action", label: one.label, detail: one.group, hint: one.shown, run: one.run }));
  input.value = "";
  found = [];
  down = false;
  dialog.showModal();
  draw();
  load();
}

function load() {
  loading ??= ask("/palette").then((said) => {
    places = said?.items || null;
    if (!places) loading = null;
    draw();
  });
  return loading;
}

async function ask(url) {
  const answer = await fetch(url, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  down = !answer?.ok;
  return answer?.ok ? answer.json() : null;
}

async function search() {
  const wanted = input.value.trim();
  const mine = ++asked;
  if (!wanted) return;
  const writing = document.querySelector("#main [data-conversation], #main[data-conversation]")?.dataset.conversation;
  const box = document.querySelector("#composer textarea");
  const both = await Promise.all([
    ask(`/palette?q=${encodeURIComponent(wanted)}`),
    writing && box ? ask(`/conversations/${writing}/answers?q=${encodeURIComponent(wanted)}`) : null,
  ]);
  if (mine !== asked) return;
  found = [...(both[0]?.items || []), ...(both[1]?.answers || []).map((one) => answer(one, box))];
  draw();
}

/** A canned answer goes where one writes. */
const answer = (one, box) => ({
  kind: "answer",
  label: one.title,
  detail: `/${one.shortcut} · ${one.text.slice(0, 80)}`,
  run() {
    box.focus();
    box.setRangeText(one.text, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  },
});

function candidates() {
  const wanted = bare(input.value.trim());
  const known = [...actions, ...(places || [])];
  if (!wanted) return [...recent(), ...actions, ...(places || []).filter((one) => one.kind === "view" || one.kind === "door")];
  const fitting = known
    .map((one) => ({ ...one, points: score(wanted, one.label) || score(wanted, `${one.label} ${one.detail}`) / 2 }))
    .filter((one) => one.points > 0)
    .sort((a, b) => b.points - a.points);
  const everywhere = document.querySelector('.rail a[href="/search"], a[href^="/search"]')
    ? [{ kind: "search", label: dialog.dataset.search.replace("Q", () => input.value.trim()), url: `/search?q=${encodeURIComponent(input.value.trim())}` }]
    : [];
  return [...fitting, ...found, ...everywhere];
}

function draw() {
  const groups = new Map(KINDS.map((kind) => [kind, []]));
  for (const one of candidates()) {
    const group = groups.get(one.recent ? "recent" : one.kind);
    if (group && group.length < (input.value ? MOST : 40)) group.push(one);
  }
  const full = [...groups].filter(([, members]) => members.length);
  if (input.value.trim()) full.sort(([, a], [, b]) => best(b) - best(a));
  shown = full.flatMap(([, members]) => members);
  chosen = 0;
  list.replaceChildren(...full.map(([kind, members]) => section(kind, members)));
  list.hidden = !shown.length;
  status.textContent = down ? dialog.dataset.down : shown.length ? "" : dialog.dataset.none;
  mark();
}

// What fits as a whole word leads; what the server found comes next; then letters that only fit in order.
const best = (members) => Math.max(...members.map((one) => one.points ?? (one.kind === "search" ? -1 : 300)));

function section(kind, members) {
  const group = document.createElement("div");
  const name = kind === "search" ? "" : dialog.dataset[kind] || "";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name || input.value);
  if (name) {
    const title = Object.assign(document.createElement("div"), { className: "title", textContent: name });
    title.setAttribute("aria-hidden", "true");
    group.append(title);
  }
  group.append(...members.map(option));
  return group;
}

function option(one) {
  const made = document.createElement("div");
  made.setAttribute("role", "option");
  made.id = `palette-${shown.indexOf(one)}`;
  const icon = icons.content.querySelector(`[data-icon="${one.kind}"]`);
  if (icon) made.append(icon.cloneNode(true));
  made.append(Object.assign(document.createElement("span"), { className: "label", textContent: one.label }));
  if (one.detail) made.append(Object.assign(document.createElement("span"), { className: "detail", textContent: one.detail }));
  if (one.hint) made.append(Object.assign(document.createElement("kbd"), { textContent: one.hint }));
  return made;
}

function mark() {
  const options = list.querySelectorAll("[role=option]");
  options.forEach((each, index) => each.setAttribute("aria-selected", index === chosen));
  if (options[chosen]) {
    input.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function take(index, event) {
  const one = shown[index];
  if (!one) return;
  dialog.close();
  if (one.run) {
    one.run();
    return;
  }
  remember(one);
  if (event.ctrlKey || event.metaKey) {
    window.open(one.url, "_blank", "noopener");
    return;
  }
  // A page that shows conversations beside its list opens this one in place.
  const wanted = new CustomEvent("open-conversation", { detail: one.url, cancelable: true });
  if (one.kind !== "conversation" || document.dispatchEvent(wanted)) location.assign(one.url);
}

function recent() {
  try {
    return JSON.parse(sessionStorage.getItem(MEMORY) || "[]").map((one) => ({ ...one, recent: true }));
  } catch {
    return [];
  }
}

function remember({ kind, label, detail, url }) {
  if (kind === "search") return;
  const rest = recent().filter((one) => one.url !== url).map(({ recent: _recent, ...one }) => one);
  sessionStorage.setItem(MEMORY, JSON.stringify([{ kind, label, detail, url }, ...rest].slice(0, REMEMBERED)));
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  asked += 1;
  if (!input.value.trim()) found = [];
  draw();
  timer = setTimeout(search, ASK_AFTER);
});
input.addEventListener("keydown", (event) => {
  const next = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 8, PageUp: chosen - 8 }[event.key];
  if (next !== undefined && shown.length) {
    event.preventDefault();
    const page = event.key.startsWith("Page");
    chosen = page ? Math.max(0, Math.min(next, shown.length - 1)) : (next + shown.length) % shown.length;
    mark();
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    // Whoever types faster than the views and doors arrive gets what she typed, not a search for it.
    if (places) take(chosen, event);
    else load().then(() => take(chosen, event));
  }
});
list.addEventListener("pointermove", (event) => {
  const index = [...list.querySelectorAll("[role=option]")].indexOf(event.target.closest("[role=option]"));
  if (index >= 0 && index !== chosen) {
    chosen = index;
    mark();
  }
});
list.addEventListener("click", (event) => {
  const index = [...list.querySelectorAll("[role=option]")].indexOf(event.target.closest("[role=option]"));
  if (index >= 0) take(index, event);
});
document.addEventListener("click", (event) => event.target.closest("[data-palette]") && show());
key("mod+k", { label: dialog.dataset.label, group: dialog.dataset.group, run: () => (dialog.open ? dialog.close() : show()) });
