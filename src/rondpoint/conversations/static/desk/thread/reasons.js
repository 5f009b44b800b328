/* Why a message was sent or not: beside the word, in sentences. */
import { place } from "../../ui/js/menu.js";

export function reasons(here) {
  const pop = here.main.querySelector("#why-pop");
  here.main.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-why]");
    if (!link) return;
    event.preventDefault();
    const answer = await fetch(link.href, { signal: here.signal }).catch(() => null);
    const page = answer?.ok ? await answer.text().catch(() => null) : null;
    if (page === null) return;
    const made = document.createElement("template");
    made.innerHTML = page;
    pop.replaceChildren(made.content);
    if (!pop.matches(":popover-open")) pop.showPopover();
    place(pop, link);
    pop.focus();
    pop.addEventListener("toggle", (closing) => closing.newState === "closed" && link.focus(), { once: true });
  }, { signal: here.signal });
}
