/* Light, dark or as the system: changed at once, kept by the server. Without this script the form does the same. */
import { post } from "./post.js";

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-appearance]");
  if (!form || event.target.name !== "theme") return;
  if (event.target.value) document.documentElement.dataset.theme = event.target.value;
  else delete document.documentElement.dataset.theme;
  post(form.action, { theme: event.target.value });
});
