/* Parts of the page that the server draws again: the head, the customer, the briefing. */

const IN_USE_WAIT = 1000; // milliseconds until a part whose menu is open is asked again
const UNDER_WAY_WAIT = 60;
const UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-added, .htmx-settling";

const waiting = new Map(); // id → timer

const inUse = (part) => Boolean(part.querySelector(":popover-open, dialog[open]"));

/** Draws a part again; while it is in use or being drawn the wish is kept, because it would be lost on what goes. */
export function refresh(id) {
  clearTimeout(waiting.get(id));
  const part = document.getElementById(id);
  if (!part || !window.htmx) return;
  if (inUse(part) || part.matches(UNDER_WAY)) {
    waiting.set(id, setTimeout(() => refresh(id), inUse(part) ? IN_USE_WAIT : UNDER_WAY_WAIT));
    return;
  }
  window.htmx.trigger(part, "refresh");
}

// A menu opened while the new drawing was on its way stays open; the part is asked again when it has closed.
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (event.detail.requestConfig.triggeringEvent?.type !== "refresh" || !inUse(part)) return;
  event.detail.shouldSwap = false;
  refresh(part.id);
});
