/* The page that finds: its field by "/", its answers by the arrows, and what was looked for is remembered. */
import { key } from "../../ui/js/keys.js";

const form = document.getElementById("search");
const field = document.getElementById("q");
const finds = document.getElementById("finds");

key("/", {
  label: form.dataset.keyLabel,
  run: () => {
    field.focus();
    field.select();
  },
});

const links = () => [...finds.querySelectorAll("[data-find]")];

// The field and the answers are one column that the arrows go through.
document.addEventListener("keydown", (event) => {
  const here = document.activeElement;
  const inside = here === field || finds.contains(here);
  if (!inside || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" && here !== field) {
    field.focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const column = [field, ...links()];
  const next = column[column.indexOf(here) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

/** Keeps what was looked for; a beacon arrives although the page is left. */
function remember() {
  const text = field.value.trim();
  if (!text) return;
  const said = new FormData();
  said.set("q", text);
  said.set("csrfmiddlewaretoken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
  navigator.sendBeacon("/search/recent", said);
}

finds.addEventListener("click", (event) => {
  if (event.target.closest("[data-find]")) remember();
});
form.addEventListener("submit", remember);

// A control that narrows shows that it does.
form.addEventListener("change", (event) => {
  event.target.closest(".choice")?.classList.toggle("chosen", Boolean(event.target.value));
});

const button = form.querySelector(".narrow-button");
button.addEventListener("click", () => {
  button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") !== "true");
});
