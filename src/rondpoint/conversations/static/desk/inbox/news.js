/* Live updates. Nothing jumps: while somebody is in the list, rows change where they stand and new ones wait behind
   a quiet bar; otherwise each takes its place. */
import { live } from "../../ui/js/live.js";
import { forget } from "./opening.js";
import { below, box, line, lines, link, opened, parse, picked, put, remove, renew, section, words } from "./list.js";

const SOON = 150;
const CATCH_UP = 600;
const MINUTE = 60000;
const AT_ONCE = 100;

const asked = new Set();
const mine = new Set(); // what I changed myself moves at once
const held = new Map(); // number → row that waits behind the bar
const bar = document.getElementById("list-fresh");
let timer = 0;

// Who goes to the bar is still in the list: it must not vanish under the pointer, nor the click fall on a row.
const busy = () =>
  box.matches(":hover") || bar.matches(":hover") || box.contains(document.activeElement) || box.scrollTop > 8 || picked().length > 0;

/** Asks how these conversations stand now. `own`: I changed them, so they may move. */
export function ask(numbers, { own = false } = {}) {
  for (const number of numbers) {
    asked.add(String(number));
    if (own) mine.add(String(number));
    forget(number);
  }
  clearTimeout(timer);
  timer = setTimeout(fetchNews, own ? 0 : SOON);
}

async function fetchNews() {
  const numbers = [...asked].slice(0, AT_ONCE);
  if (!numbers.length) return;
  for (const number of numbers) asked.delete(number);
  const own = new Set(numbers.filter((number) => mine.delete(number)));
  const url = `/inbox/news?${section.dataset.query}&ids=${numbers.join(",")}`;
  const answer = await fetch(url, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return; // the line opens again later, and then all is asked
  const said = await answer.json();
  // A public id asked for is answered under its number.
  const all = new Set([...numbers.filter((number) => /^\d+$/.test(number)), ...Object.keys(said.rows)]);
  for (const number of all) take(number, said.rows[number], own.has(number) || numbersOf(own, said.rows[number]));
  count(said.counts);
  tell();
  if (asked.size) fetchNews();
}

const numbersOf = (own, html) => Boolean(html) && [...own].some((id) => id.includes("-") && html.includes(id));

function take(number, html, own) {
  const item = line(number);
  if (!html) {
    held.delete(number);
    if (!item) return;
    if (own || !busy()) remove(item);
    else item.classList.add("gone");
    return;
  }
  const fresh = parse(html);
  if (item) {
    renew(item, fresh);
    if (own || !busy()) put(item);
  } else if (own || !busy()) {
    if (!below(fresh)) add(fresh);
  } else if (!below(fresh)) {
    held.set(number, fresh);
  }
}

function add(item) {
  box.querySelector("[data-none]")?.remove();
  if (item.dataset.id === opened()) link(item).setAttribute("aria-current", "true");
  put(item);
}

function tell() {
  bar.hidden = held.size === 0;
  bar.textContent = held.size === 1 ? words.new_one : words.new_many.replace("N", held.size);
}

/** Everything takes its place. */
function settle() {
  for (const item of held.values()) add(item);
  held.clear();
  for (const item of box.querySelectorAll(":scope > .gone")) remove(item);
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const sorted = lines();
  for (const item of sorted) put(item);
  focused?.focus({ preventScroll: true });
  tell();
}

function count(counts) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const number = counts[place.dataset.count];
    if (number !== undefined && place.textContent.trim() !== String(number)) place.textContent = number;
  }
}

/** The first page again, after the line was down. */
async function whole() {
  const answer = await fetch(`/inbox/rows?${section.dataset.query}`, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  const there = new Set();
  for (const item of holder.content.querySelectorAll(".line")) {
    there.add(item.dataset.number);
    take(item.dataset.number, item.outerHTML, false);
  }
  ask(lines().map((item) => item.dataset.number).filter((number) => !there.has(number)).slice(0, AT_ONCE));
  tell();
}

export function news() {
  let catching = 0;
  live((event) => {
    if (event.type === "line.open") {
      // What came while the line was changed or down; several changes in a row are caught up with at once.
      clearTimeout(catching);
      catching = setTimeout(whole, CATCH_UP);
    } else if (event.topic === "desk" && event.conversation_id) {
      ask([event.conversation_id]);
    } else if (event.topic === "desk" && event.type.startsWith("customer.")) {
      whole();
    }
  });
  bar.addEventListener("click", () => {
    settle();
    box.scrollTop = 0;
    const first = lines()[0];
    if (first) link(first).focus({ preventScroll: true });
  });
  const released = () => setTimeout(() => busy() || settle(), 0);
  for (const part of [box, bar]) part.addEventListener("pointerleave", released);
  box.addEventListener("focusout", released);
  box.addEventListener("scroll", () => box.scrollTop <= 8 && released(), { passive: true });
  // Waiting times go on.
  setInterval(() => {
    if (document.hidden) return;
    ask(lines().filter((item) => item.querySelector(".w")).map((item) => item.dataset.number).slice(0, AT_ONCE));
  }, MINUTE);
}
