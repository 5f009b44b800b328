// The builder of a computed trait: only the fields of the chosen kind, rows of comparisons, and the live preview.
const form = document.querySelector("[data-computed]");
const kind = form.querySelector("#kind");
const rows = form.querySelector("[data-wheres]");
const preview = document.getElementById("preview");
const event = form.querySelector("#event");
let waiting = 0;

// What a kind does not ask for is neither shown nor sent.
function settle() {
  if (!kind) return;
  const members = kind.selectedOptions[0].dataset.members.split(" ");
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = !members.includes(part.dataset.for);
    for (const control of part.querySelectorAll("input, select, button")) control.disabled = part.hidden;
  }
  for (const row of rows.children)
    row.querySelector('[name="where_value"]').hidden = row.querySelector('[name="where_op"]').value === "exists";
}

function count() {
  clearTimeout(waiting);
  const incomplete = kind && !event.disabled && !event.value.trim();
  if (!incomplete) waiting = setTimeout(() => preview.dispatchEvent(new Event("count")), 500);
}

form.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || !("add" in button.dataset || "remove" in button.dataset)) return;
  if ("remove" in button.dataset) button.closest("li").remove();
  else {
    rows.append(document.querySelector("template[data-row]").content.cloneNode(true));
    rows.lastElementChild.querySelector("input").focus();
  }
  settle();
  count();
});

form.addEventListener("input", ({ target }) => {
  settle();
  if (!["name", "label"].includes(target.name)) count();
});

settle();
count();
