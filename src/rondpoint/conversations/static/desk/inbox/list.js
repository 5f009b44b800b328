/* The rows on the screen: which is open, which are chosen, where each one stands. */
export const section = document.getElementById("inbox");
export const box = document.getElementById("rows");
export const words = document.getElementById("list-words")?.dataset || {};

let left = null; // where the open row stood when it left the list

export const lines = () => [...box.querySelectorAll(":scope > .line")];
export const line = (number) => box.querySelector(`:scope > .line[data-number="${number}"]`);
export const link = (item) => item.querySelector("a.row");
export const picked = () => lines().filter((item) => item.querySelector(".pick input")?.checked);
export const current = () => lines().find((item) => link(item).hasAttribute("aria-current"));
export const opened = () => document.querySelector("#main[data-conversation]")?.dataset.conversation || "";

/** A row as the server drew it. */
export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.querySelector(".line");
}

/** Marks the row of the open conversation ("" for none). */
export function mark(id) {
  for (const item of lines()) {
    if (item.dataset.id === id) link(item).setAttribute("aria-current", "true");
    else link(item).removeAttribute("aria-current");
  }
  if (lines().some((item) => item.dataset.id === id)) left = null;
}

const place = (text) => text.split(",").map(Number);

/** Which of two places comes first: negative for the first. */
function compare(one, other) {
  const [a, b] = [place(one), place(other)];
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}

/** Puts a row where it belongs. */
export function put(item) {
  const behind = lines().find((other) => other !== item && compare(other.dataset.place, item.dataset.place) > 0);
  const target = behind || box.querySelector(":scope > [data-more]");
  if (item.nextElementSibling === target && item.isConnected) return;
  box.insertBefore(item, target);
}

/** Whether a row would stand below what has been loaded. */
export function below(item) {
  const last = lines().at(-1);
  return Boolean(box.querySelector(":scope > [data-more]") && last && compare(item.dataset.place, last.dataset.place) > 0);
}

/** Takes a row out and remembers where it stood, so that the next key goes on from there. */
export function remove(item) {
  const open = link(item).hasAttribute("aria-current");
  const focused = item.contains(document.activeElement);
  if (open) left = item.dataset.place;
  const beside = item.nextElementSibling?.matches(".line") ? item.nextElementSibling : item.previousElementSibling;
  item.remove();
  if (focused) (beside?.matches(".line") ? link(beside) : box).focus({ preventScroll: true });
}

/** The row `steps` further down (up when negative). */
export function beside(steps) {
  const all = lines();
  const now = all.findIndex((item) => link(item).hasAttribute("aria-current"));
  if (now >= 0) return all[now + steps];
  const focused = all.findIndex((item) => item.contains(document.activeElement));
  if (focused >= 0 && left === null) return all[focused + steps];
  if (left === null) return steps > 0 ? all[0] : all.at(-1);
  const after = all.findIndex((item) => compare(item.dataset.place, left) > 0);
  const from = after < 0 ? all.length : after;
  return all[steps > 0 ? from + steps - 1 : from + steps];
}

/** Gives a row its new contents; focus, choice and mark stay. */
export function renew(item, fresh) {
  const [old, made] = [link(item), link(fresh)];
  item.dataset.place = fresh.dataset.place;
  item.dataset.state = fresh.dataset.state;
  item.classList.remove("gone");
  old.className = made.className;
  if (old.innerHTML !== made.innerHTML) old.innerHTML = made.innerHTML;
}
