/* The list of the desk: its keys, and its parts joined. */
import { key } from "../../ui/js/keys.js";
import { act, acting, closed, menu, pick, pickAll, pickNone, ready } from "./acting.js";
import { box, current, lines, link, opened, picked, section, words } from "./list.js";
import { news } from "./news.js";
import { enter, open, opening, shut, step } from "./opening.js";
import { filtering, saving } from "./views.js";

const group = words.group;
const at = () => lines().find((item) => item.contains(document.activeElement)) || current();

key("j", { label: words.next, group, run: () => step(1) });
key("k", { label: words.previous, group, run: () => step(-1) });
key("arrowdown", { run: () => step(1), when: () => box.contains(document.activeElement) });
key("arrowup", { run: () => step(-1), when: () => box.contains(document.activeElement) });
key("enter", {
  label: words.thread,
  group,
  run: () => (at() && at().dataset.id !== opened() ? open(at().dataset.id, { into: true }) : enter()),
  when: () => [document.body, box].includes(document.activeElement) || at()?.contains(document.activeElement),
});
key("escape", { label: words.back, group, run: back, when: () => !document.querySelector(":popover-open:not(#toasts)") });

if ("replies" in section.dataset) {
  key("x", { label: words.pick, group, run: () => pick(at() || lines()[0]) });
  key("mod+a", { label: words.pick_all, group, run: pickAll, when: inList });
  key("e", { label: words.close, group, run: () => act(closed() ? "reopen" : "close"), when: ready });
  key("a", { label: words.mine, group, run: () => act("assign", { to: "me" }), when: ready });
  key("shift+a", { label: words.assign, group, run: () => menu("bulk-assign"), when: ready });
  key("s", { label: words.later, group, run: () => menu("bulk-snooze"), when: ready });
  key("u", { label: words.unread, group, run: () => act("unread"), when: ready });
  key("p", { label: words.priority, group, run: () => menu("bulk-priority"), when: ready });
}

function inList() {
  return box.contains(document.activeElement) || (document.activeElement === document.body && picked().length > 0);
}

/** One step back: from the chosen rows, from the conversation to its row, on a small screen to the list. */
function back() {
  if (picked().length) pickNone();
  else if (innerWidth <= 720 && opened()) shut() || location.assign(`/inbox?${section.dataset.query}`);
  else (current() ? link(current()) : box).focus({ preventScroll: true });
}

document.addEventListener("open-conversation", (event) => {
  const id = event.detail.match(/^\/conversations\/([0-9a-f-]{36})$/)?.[1];
  if (!id) return;
  event.preventDefault();
  open(id, { into: true });
});

opening();
news();
acting();
saving();
filtering();
