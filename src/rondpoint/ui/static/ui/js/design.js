/* The live parts of the page of the design system. */
import { toast } from "./toast.js";

for (const button of document.querySelectorAll("[data-d-toast]")) {
  const { dToast, kind } = button.dataset;
  button.addEventListener("click", () => toast(dToast, { kind, undo: kind ? undefined : () => toast(button.textContent) }));
}
