/* The keys of the desk. Two ways to give one:
   key("j", { label, run, when, group })           in a module;
   <button data-hotkey="e" data-hotkey-label="…">  in a page: the key presses the button.
   A combo is a key ("j", "?", "Escape"), one with "mod+" (Ctrl, ⌘ on a Mac) and "shift+" before it, or two keys one after the other ("g i"). Keys are
   silent while somebody types or a dialog is open, except those with mod. */

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const SIGNS = { mod: MAC ? "⌘" : "Ctrl", shift: "⇧", enter: "↵", escape: "Esc", arrowdown: "↓", arrowup: "↑", " ": "␣" };
const BETWEEN = 1200; // milliseconds between two keys of one combo
const registered = new Map();

/** Registers a key; the last one registered for a combo wins. Gives a function that takes it back. */
export function key(combo, { label, run, when = () => true, group = "" }) {
  const one = { combo: combo.toLowerCase(), label, run, when, group };
  registered.set(one.combo, one);
  return () => registered.get(one.combo) === one && registered.delete(one.combo);
}

/** Every key that can be pressed now: `{combo, shown, label, group, run}`; fills the help and the palette. */
export function keys() {
  const found = [...registered.values()].filter((one) => one.label && one.when());
  const taken = new Set(found.map((one) => one.combo));
  for (const element of document.querySelectorAll("[data-hotkey]")) {
    const combo = element.dataset.hotkey.toLowerCase();
    if (taken.has(combo) || !usable(element)) continue;
    taken.add(combo);
    found.push({ combo, label: named(element), group: element.dataset.hotkeyGroup || "", run: () => press(element) });
  }
  return found.map((one) => ({ ...one, shown: show(one.combo) }));
}

/** A combo as it is written on the keyboard of this machine. */
export function show(combo) {
  const sign = (part) => SIGNS[part] || (part.length === 1 ? part.toUpperCase() : part);
  return combo.toLowerCase().split(" ").map((step) => step.split(/\+(?=.)/).map(sign).join(MAC ? "" : " ")).join(" ");
}

const usable = (element) => !element.disabled && (element.checkVisibility?.() ?? true);
const named = (element) =>
  element.dataset.hotkeyLabel || element.getAttribute("aria-label") || element.dataset.tip || element.textContent.trim();

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

function combo(event) {
  const letter = event.key.toLowerCase();
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  // Shift is part of a sign such as "?", so it is only named for letters and named keys.
  const shift = event.shiftKey && (letter.length > 1 || letter !== letter.toUpperCase()) ? "shift+" : "";
  return mod + shift + letter;
}

const typing = (element) =>
  element?.closest?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])");

let before = "";
let timer = 0;

function runnable(wanted) {
  const one = registered.get(wanted);
  if (one?.when()) return () => one.run();
  const element = [...document.querySelectorAll("[data-hotkey]")].find(
    (each) => each.dataset.hotkey.toLowerCase() === wanted && usable(each),
  );
  return element && (() => press(element));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey || !event.key || event.key === "Shift") return;
  const pressed = combo(event);
  const quietly = typing(event.target) || document.querySelector("dialog[open], :popover-open[role=menu]");
  if (quietly && !pressed.startsWith("mod+")) return;
  const run = runnable(before ? `${before} ${pressed}` : pressed) || runnable(pressed);
  clearTimeout(timer);
  before = run ? "" : pressed;
  timer = setTimeout(() => { before = ""; }, BETWEEN);
  if (!run) return;
  event.preventDefault();
  run(event);
});

/** Writes the combos of [data-key] as this machine's keyboard has them. */
export function label(root = document) {
  for (const sign of root.querySelectorAll("kbd[data-key]")) sign.textContent = show(sign.dataset.key);
}

function section(group, members) {
  const whole = document.createElement("section");
  const list = document.createElement("dl");
  for (const one of members) {
    const held = document.createElement("dd");
    held.append(made("kbd", one.shown));
    list.append(made("dt", one.label), held);
  }
  if (group) whole.append(made("h3", group));
  whole.append(list);
  return whole;
}

const made = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });

function help() {
  const dialog = document.getElementById("keys-help");
  if (!dialog || dialog.open) return;
  const groups = new Map();
  for (const one of keys()) groups.set(one.group, [...(groups.get(one.group) || []), one]);
  const sections = [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([group, members]) => section(group, members));
  dialog.querySelector(".keys-list").replaceChildren(...sections);
  dialog.showModal();
}

const dialog = document.getElementById("keys-help");
if (dialog) key("?", { label: dialog.dataset.label, group: dialog.dataset.group, run: help });
document.addEventListener("click", (event) => event.target.closest("[data-keys-help]") && help());
document.addEventListener("htmx:afterSwap", (event) => label(event.target));
label();
