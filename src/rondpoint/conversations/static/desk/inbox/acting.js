/* Choosing rows and doing something to them, with the way back. */
import { place } from "../../ui/js/menu.js";
import { post } from "../../ui/js/post.js";
import { toast } from "../../ui/js/toast.js";
import { box, current, lines, link, opened, picked, section, words } from "./list.js";
import { ask } from "./news.js";

const bar = document.getElementById("bulk");
let last = null; // the row where a range begins
let back = null; // where the focus returns when a menu opened by a key closes

const tick = (item) => item.querySelector(".pick input");

/** Chooses a row, or lets go of it. */
export function pick(item, on = !tick(item)?.checked) {
  if (!item || !tick(item)) return;
  tick(item).checked = on;
  last = item;
  tell();
}

export function pickAll() {
  for (const item of lines()) if (tick(item)) tick(item).checked = true;
  tell();
}

export function pickNone() {
  for (const item of picked()) tick(item).checked = false;
  section.classList.remove("picking");
  document.getElementById("pick-button")?.setAttribute("aria-pressed", "false");
  tell();
}

function tell() {
  if (!bar) return;
  const number = picked().length;
  bar.hidden = number === 0;
  section.classList.toggle("chosen", number > 0);
  bar.querySelector("[data-chosen]").textContent = number;
}

/** Public ids of what an action is about: the chosen rows, else the one at hand. */
function targets() {
  const chosen = picked();
  if (chosen.length) return chosen.map((item) => item.dataset.id);
  const id = focused()?.dataset.id || current()?.dataset.id || opened();
  return id ? [id] : [];
}

const focused = () => lines().find((item) => item.contains(document.activeElement));
const rows = (ids) => lines().filter((item) => ids.includes(item.dataset.id));
export const ready = () => targets().length > 0;
export const closed = () => rows(targets())[0]?.dataset.state === "closed";

/** Does something to the targets; `more` is what it needs to know. */
export async function act(what, more = {}) {
  const ids = targets();
  if (!ids.length) return;
  const data = new FormData();
  data.set("do", what);
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  for (const id of ids) data.append("id", id);
  const going = rows(ids);
  for (const item of going) item.classList.add("going");
  const said = await answered(post("/inbox/changes", data));
  for (const item of going) item.classList.remove("going");
  if (!said) return;
  pickNone();
  ask(ids, { own: true });
  for (const item of going) ask([item.dataset.number], { own: true });
  toast(said.text, said.undo ? { undo: () => undo(said.undo, ids) } : {});
}

async function undo(ticket, ids) {
  const said = await answered(post("/inbox/undo", { undo: ticket }));
  if (!said) return;
  ask(ids, { own: true });
  toast(said.text);
}

async function answered(sent) {
  const answer = await sent.catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : {};
  if (answer?.ok) return said;
  toast(said.error || words.offline, { kind: "bad" });
  return null;
}

/** Opens a menu of actions beside the row it is about. */
export function menu(id) {
  const shown = document.getElementById(id);
  if (!shown) return;
  const row = focused() || current();
  const anchor = !bar.hidden ? bar : row || document.querySelector("#main .head") || section;
  back = document.activeElement;
  shown.showPopover();
  place(shown, anchor);
  shown.querySelector("button")?.focus();
}

export function acting() {
  if (!bar) return;
  box.addEventListener("change", (event) => event.target.closest(".pick") && tell());
  box.addEventListener("click", (event) => {
    const item = event.target.closest(".line");
    if (!item) return;
    if (event.target.matches(".pick input")) {
      if (event.shiftKey && last?.isConnected) range(last, item, event.target.checked);
      last = item;
      return;
    }
    if (event.target.closest("a.row") && (event.shiftKey || section.classList.contains("picking"))) {
      event.preventDefault();
      if (event.shiftKey && last?.isConnected) range(last, item, true);
      else pick(item);
    }
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const { to, until, priority } = button.dataset;
    act(button.dataset.do, Object.fromEntries(Object.entries({ to, until, priority }).filter(([, value]) => value)));
  });
  bar.querySelector("[data-pick-all]").addEventListener("click", pickAll);
  bar.querySelector("[data-pick-none]").addEventListener("click", pickNone);
  document.getElementById("pick-button")?.addEventListener("click", (event) => {
    const on = section.classList.toggle("picking");
    event.currentTarget.setAttribute("aria-pressed", on);
    if (!on) pickNone();
  });
  document.getElementById("list-snooze-form").addEventListener("submit", (event) => {
    const until = new Date(event.target.querySelector("input").value).getTime() * 1000;
    if (until) act("snooze", { until });
  });
  for (const shown of document.querySelectorAll("#bulk-assign, #bulk-snooze, #bulk-priority")) {
    shown.addEventListener("toggle", (event) => {
      if (event.newState !== "closed" || !back) return;
      if (document.activeElement === document.body) back.focus({ preventScroll: true });
      back = null;
    });
  }
}

function range(from, to, on) {
  const all = lines();
  const [start, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const item of all.slice(start, end + 1)) tick(item).checked = on;
  last = to;
  tell();
}
