/* Tooltips: [data-tip="words"] on anything that takes focus or the pointer. One bubble for the whole page, above
   everything, closed by Escape. It repeats a name that the element already has, so it is silent for screen readers. */
import { place } from "./menu.js";

const AFTER = 350; // milliseconds under the pointer
let bubble = null;
let timer = 0;

function show(element) {
  if (!bubble) {
    bubble = document.createElement("div");
    bubble.className = "tip";
    bubble.popover = "manual";
    bubble.setAttribute("aria-hidden", "true");
    document.body.append(bubble);
  }
  bubble.textContent = element.dataset.tip;
  try {
    bubble.showPopover();
  } catch {
    return; // another popover is just opening: it says more than a tip
  }
  place(bubble, element, { side: element.closest(".rail") && innerWidth > 720 ? "right" : "below" });
}

function hide() {
  clearTimeout(timer);
  if (bubble?.matches(":popover-open")) bubble.hidePopover();
}

document.addEventListener("pointerover", (event) => {
  const element = event.pointerType === "mouse" && event.target.closest("[data-tip]");
  hide();
  if (element) timer = setTimeout(() => element.isConnected && show(element), AFTER);
});
document.addEventListener("focusin", (event) => {
  hide();
  if (event.target.matches("[data-tip]:focus-visible")) show(event.target);
});
document.addEventListener("focusout", hide);
document.addEventListener("pointerdown", hide);
document.addEventListener("scroll", hide, true);
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
