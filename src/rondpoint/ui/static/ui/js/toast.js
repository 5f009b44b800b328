/* Says what just happened, with the way back. Words come from the page's template. */
import { post } from "./post.js";

const SECONDS = 6;
const SHOWN = 3;

/**
 * Shows `text` for `seconds`. `undo` is an address to POST to or a function; `kind` "bad" is red and stays until it
 * is closed. Gives a function that takes the toast away.
 */
export function toast(text, { undo, seconds = SECONDS, kind = "" } = {}) {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template) return () => {};
  const shown = template.content.firstElementChild.cloneNode(true);
  shown.querySelector("p").textContent = text;
  if (kind) shown.classList.add(kind);

  let timer = 0;
  const gone = () => {
    clearTimeout(timer);
    shown.remove();
  };
  const wait = () => {
    clearTimeout(timer);
    if (kind !== "bad") timer = setTimeout(gone, seconds * 1000);
  };
  const back = shown.querySelector("[data-undo]");
  if (undo) {
    back.hidden = false;
    back.addEventListener("click", () => {
      gone();
      if (typeof undo === "function") undo();
      else post(undo).then((answer) => answer.ok && document.dispatchEvent(new CustomEvent("undone")));
    });
  }
  shown.querySelector("[data-gone]").addEventListener("click", gone);
  shown.addEventListener("pointerenter", () => clearTimeout(timer));
  shown.addEventListener("focusin", () => clearTimeout(timer));
  shown.addEventListener("pointerleave", wait);
  shown.addEventListener("focusout", wait);

  region.append(shown);
  while (region.children.length > SHOWN) region.firstElementChild.remove();
  if (region.showPopover) {
    // Shown again each time, so that it lies above a dialog opened meanwhile.
    if (region.matches(":popover-open")) region.hidePopover();
    region.showPopover();
  }
  wait();
  return gone;
}

// An answer of the server may bring one: HX-Trigger: {"toast": {"text": "…", "undo": "/address"}}.
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail));
