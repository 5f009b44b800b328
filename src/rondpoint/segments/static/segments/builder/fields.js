// Fields of a row, by their names.
export const template = (name) => document.querySelector(`template[data-row="${name}"]`).content.cloneNode(true);

export const field = (part, name) => part.querySelector(`[data-field="${name}"]`);

export const value = (part, name) => field(part, name)?.value.trim() ?? "";

export function put(part, name, told) {
  const control = field(part, name);
  if (control && told !== undefined) control.value = told;
}

/** Adds one more of the parts that `name` says (line, test, step) to those that `within` holds already. */
export function more(within, name) {
  const part = template(name).firstElementChild;
  within.querySelector(`[data-${name}s]`).append(part);
  complete(part);
  return part;
}

/** Gives every comparison its first test, and an order of events its first two steps. */
export function complete(part) {
  for (const tests of part.querySelectorAll("[data-tests]:empty")) more(tests.parentElement, "test");
  for (const steps of part.querySelectorAll("[data-steps]:empty"))
    for (const _ of ["first", "then"]) more(steps.parentElement, "step");
}

/** Hides what says nothing beside the choice that leads it: `data-if` names the choices with which it does. */
export function settle(part) {
  for (const each of part.querySelectorAll("[data-if]")) {
    const choice = each.parentElement.querySelector(":scope > select");
    each.hidden = !each.dataset.if.split(" ").includes(choice.value);
  }
}
