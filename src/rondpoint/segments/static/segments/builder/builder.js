// The builder: rows on the screen and the definition as text say the same. What rows cannot show stays text.
import { nameEvent, suggest } from "./events.js";
import { more } from "./fields.js";
import { addRow, firstField, settleRow, show, written } from "./rows.js";

const form = document.querySelector("[data-builder]");
const text = form.querySelector("#definition");
const list = form.querySelector("[data-conditions]");
const preview = document.getElementById("preview");
let waiting = 0;
let adding = list; // to which the menu adds

function parsed() {
  try {
    return JSON.parse(text.value);
  } catch {
    return undefined; // the answer says what is wrong
  }
}

function read() {
  const shown = show(form, parsed());
  form.querySelector("[data-simple]").hidden = !shown;
  form.querySelector("[data-nested]").hidden = shown;
  if (!shown) form.querySelector("[data-text]").open = true;
  return shown;
}

function count() {
  clearTimeout(waiting);
  const definition = parsed();
  const group = definition?.not ?? definition;
  const empty = (group?.all ?? group?.any)?.length === 0;
  if (!empty) waiting = setTimeout(() => preview.dispatchEvent(new Event("count")), 500);
}

function changed() {
  text.value = JSON.stringify(written(form), null, 2);
  count();
}

// Takes a part away; the focus goes on where somebody would.
function remove(part, button) {
  const holder = part.parentElement;
  const next = part.nextElementSibling ?? part.previousElementSibling;
  const row = holder.closest("[data-kind]");
  part.remove();
  if (row) settleRow(row);
  (next ? firstField(next) : button(holder)).focus();
}

const moreOf = (holder) => holder.parentElement.querySelector("[data-more]");
const addTo = (holder) => holder.parentElement.querySelector(":scope > [data-menu]") ?? form.querySelector("[data-add]");

const PRESSES = {
  add(button) {
    const row = addRow(button.closest(".menu") ? adding : list, button.dataset.add);
    firstField(row).focus();
  },
  more(button) {
    const part = more(button.parentElement, button.dataset.more);
    settleRow(button.closest("[data-kind]"));
    firstField(part).focus();
  },
  drop: (button) => remove(button.closest(`[data-${button.dataset.drop}]`), moreOf),
  remove: (button) => remove(button.closest("[data-kind]"), addTo),
};

form.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.menu) adding = button.parentElement.querySelector("[data-conditions]");
  const press = Object.keys(PRESSES).find((name) => name in (button?.dataset ?? {}));
  if (!press) return;
  PRESSES[press](button);
  changed();
});

form.addEventListener("input", ({ target }) => {
  if (target === text) {
    read();
    count();
  } else if (target.closest("[data-simple]")) {
    const row = target.closest("[data-kind]");
    if (row) settleRow(row);
    changed();
  }
});

form.addEventListener("change", ({ target }) => nameEvent(target));

form.addEventListener("focusin", ({ target }) => {
  if (target.dataset.field === "property") suggest(target);
});

if (read()) text.value = JSON.stringify(parsed(), null, 2);
count();
