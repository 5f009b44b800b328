/* Saving, renaming and deleting views; the filter. */
import { post } from "../../ui/js/post.js";
import { words } from "./list.js";

export function saving() {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-view-form]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    const url = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action;
    const answer = await post(url, new FormData(form)).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer?.ok) {
      const problem = form.querySelector(".err");
      problem.textContent = said.error || words.offline;
      problem.hidden = false;
      return;
    }
    if (said.href) location.assign(said.href);
    else location.reload();
  });
}

/** Fields that say nothing stay out of the address. */
export function filtering() {
  const form = document.getElementById("filter-form");
  form?.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const field of form?.elements || []) field.disabled = false;
  });
}
