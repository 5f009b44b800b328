/* Menus and popovers: a button with data-menu="id" opens the [popover] of that id beside itself. Arrow keys go
   through a role=menu; the browser closes it with Escape or a press elsewhere. */

const GAP = 4;
const ITEMS = "a[href], button:not(:disabled), [role^=menuitem], input:not(:disabled, [type=hidden])";

/** Puts a floating element beside an anchor, inside the window: below if it fits, else above. */
export function place(floating, anchor, { side = "below" } = {}) {
  const at = anchor.getBoundingClientRect();
  const size = floating.getBoundingClientRect();
  let top = at.bottom + GAP;
  let left = at.left;
  if (side === "right") {
    top = at.top + (at.height - size.height) / 2;
    left = at.right + GAP * 2;
  } else {
    if (top + size.height > innerHeight - GAP && at.top - GAP - size.height > 0) top = at.top - GAP - size.height;
    if (left + size.width > innerWidth - GAP) left = at.right - size.width;
  }
  floating.style.setProperty("--top", `${Math.max(GAP, Math.min(top, innerHeight - size.height - GAP))}px`);
  floating.style.setProperty("--left", `${Math.max(GAP, Math.min(left, innerWidth - size.width - GAP))}px`);
}

const items = (menu) => [...menu.querySelectorAll(ITEMS)].filter((item) => item.offsetParent !== null);

// In a menu the first line; in a popover with fields what is chosen there, or the first field.
function first(menu) {
  const all = items(menu);
  if (menu.getAttribute("role") === "menu") return all[0];
  return all.find((item) => item.autofocus) || all.find((item) => item.checked) || all.find((item) => item.matches("input"));
}

// A line of a menu that opens another menu is gone by then: the button of its own menu stands for it.
function standing(button) {
  const menu = button.closest(".menu");
  return (menu && document.querySelector(`[data-menu="${CSS.escape(menu.id)}"]`)) || button;
}

const opener = (menu) => document.querySelector(`[data-menu="${CSS.escape(menu.id)}"][aria-expanded="true"]`);

function show(button) {
  const menu = document.getElementById(button.dataset.menu);
  if (!menu) return;
  if (menu.matches(":popover-open")) {
    menu.hidePopover();
    return;
  }
  menu.showPopover();
  button.setAttribute("aria-expanded", "true");
  place(menu, standing(button), { side: button.closest(".rail") && innerWidth > 720 ? "right" : "below" });
  first(menu)?.focus();
}

// A press on the opener closes the popover before its click arrives; remembered, so that the click does not open it.
let closedBy = null;
document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-menu]");
  const menu = button && document.getElementById(button.dataset.menu);
  closedBy = menu?.matches(":popover-open") ? button : null;
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) {
    const again = closedBy === button;
    closedBy = null;
    if (!again) show(button);
    return;
  }
  const item = event.target.closest(".menu :is(a, button, [role=menuitem])");
  if (item && !item.closest("[data-stay]")) item.closest(".menu").hidePopover?.();
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || event.newState !== "closed") return;
  const button = menu.id && opener(menu);
  if (!button) return;
  button.setAttribute("aria-expanded", "false");
  if (menu.contains(document.activeElement) || document.activeElement === document.body) standing(button).focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[role=menu]");
  if (!menu) return;
  const all = items(menu);
  const now = all.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next !== undefined && !event.target.matches("input[type=radio]")) {
    event.preventDefault();
    all.at(next % all.length)?.focus();
  }
  if (event.key === "Tab") menu.hidePopover?.();
});
