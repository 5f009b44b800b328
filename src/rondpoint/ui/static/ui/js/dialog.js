/* Dialogs and sheets. [data-open="id"] opens, [data-shut] closes, a click beside closes; [data-confirm="question"]
   asks before a button or form does its work; [data-sheet="id"] shows and hides a pane that is a sheet when narrow. */

const NARROW = matchMedia("(max-width: 1100px)");

/** Asks a question; resolves to true or false. `yes` is the word on the button that acts. */
export function ask(question, { yes = "", danger = false } = {}) {
  const dialog = document.getElementById("confirm");
  const button = dialog.querySelector("[value=yes]");
  dialog.querySelector("p").textContent = question;
  button.textContent = yes || button.dataset.word;
  button.classList.toggle("danger", danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function sheet(id, open) {
  const pane = document.getElementById(id);
  if (!pane) return;
  const shown = NARROW.matches ? pane.classList.contains("open") : !pane.parentElement.classList.contains("folded");
  const show = open ?? !shown;
  if (NARROW.matches) {
    pane.classList.toggle("open", show);
    if (show) {
      pane.tabIndex = -1;
      pane.focus({ preventScroll: true });
    } else {
      document.querySelector(`[data-sheet="${id}"]`)?.focus();
    }
  } else {
    pane.parentElement.classList.toggle("folded", !show);
    localStorage.setItem(`folded:${id}`, show ? "" : "1");
  }
  tell(id, show);
}

function tell(id, shown) {
  for (const button of document.querySelectorAll(`[data-sheet="${id}"]`)) button.setAttribute("aria-expanded", shown);
}

// A pane that was folded on the wide screen stays so on the next page.
for (const button of document.querySelectorAll("[data-sheet]")) {
  const pane = document.getElementById(button.dataset.sheet);
  const folded = localStorage.getItem(`folded:${button.dataset.sheet}`) === "1";
  if (pane && folded) pane.parentElement.classList.add("folded");
  tell(button.dataset.sheet, !NARROW.matches && !folded);
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (dialog && !dialog.open) dialog.showModal();
  }
  if (event.target.closest("[data-shut]")) event.target.closest("dialog")?.close();
  const toggle = event.target.closest("[data-sheet]");
  if (toggle) {
    event.preventDefault();
    sheet(toggle.dataset.sheet);
  }
  if (event.target.closest(".cust .close")) {
    const pane = event.target.closest(".cust");
    if (pane.classList.contains("open")) sheet(pane.id, false);
  }
});

// Beside the dialog is its backdrop; a press that began inside (selecting text) does not close it.
let pressed = null;
document.addEventListener("pointerdown", (event) => {
  pressed = event.target;
  const open = document.querySelector(".cust.open");
  if (open && !open.contains(event.target) && !event.target.closest("[data-sheet], dialog, [popover]")) {
    sheet(open.id, false);
  }
});
document.addEventListener("click", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || pressed !== dialog || dialog.dataset.stay !== undefined) return;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

document.addEventListener("keydown", (event) => {
  const open = document.querySelector(".cust.open");
  if (event.key === "Escape" && open && !document.querySelector("dialog[open], :popover-open:not(#toasts)")) {
    sheet(open.id, false);
  }
});

document.addEventListener(
  "submit",
  async (event) => {
    const asked = event.submitter?.dataset.confirm ? event.submitter : event.target;
    const form = event.target;
    if (!asked.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const yes = event.submitter?.textContent.trim();
    if (!(await ask(asked.dataset.confirm, { yes, danger: Boolean(event.submitter?.matches(".danger")) }))) return;
    form.dataset.confirmed = "1";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  },
  true,
);
