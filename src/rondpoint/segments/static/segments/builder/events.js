// What people did: one event, or several in an order.
import { choices, figure, showTest, showTests, test, tests } from "./comparisons.js";
import { field, more, put, value } from "./fields.js";

const OWN = ["sum", "first", "last"]; // at most one line of each

// Events are chosen under the names that people read; one that is not in the catalogue is called as it is written.
const known = [...document.querySelectorAll("#known-events option")];
const types = new Map(known.map((option) => [option.value, option.dataset.type]));
const names = new Map(known.map((option) => [option.dataset.type, option.value]));
const properties = JSON.parse(document.getElementById("properties-of-events").textContent);

export const type = (name) => types.get(name) ?? name;
export const called = (told) => names.get(told) ?? told;

/** Suggests the properties that facts of the event of a row had. */
export function suggest(part) {
  const event = type(value(part.closest("[data-step]") ?? part.closest("[data-kind]"), "name"));
  const found = (properties[event] ?? []).map((name) => new Option("", name));
  document.getElementById("known-properties").replaceChildren(...found);
}

const WINDOWS = {
  "": () => ({}),
  within: (row) => ({ within_days: figure(value(row, "days")) }),
  older: (row) => ({ older_than_days: figure(value(row, "older")) }),
  between: (row) => ({ ...WINDOWS.older(row), ...WINDOWS.within(row) }),
};

function showWindow(row, { within_days, older_than_days }) {
  put(row, "days", within_days);
  put(row, "older", older_than_days);
  const within = within_days !== undefined;
  if (older_than_days === undefined) put(row, "when", within ? "within" : "");
  else put(row, "when", within ? "between" : "older");
}

function lines(part) {
  const told = {};
  for (const line of part.querySelectorAll("[data-line]")) {
    const said = { property: value(line, "property"), ...tests(line) };
    const role = value(line, "role");
    if (OWN.includes(role)) told[role] = said;
    else (told.where ??= []).push(said);
  }
  return told;
}

function showLine(part, role, said) {
  const line = more(part, "line");
  put(line, "role", role);
  put(line, "property", said.property);
  showTests(line, said);
}

function showLines(part, condition) {
  for (const said of condition.where ?? []) showLine(part, "where", said);
  for (const role of OWN) if (role in condition) showLine(part, role, condition[role]);
}

/** Offers each of sum, first and last once. */
export function settleLines(row) {
  for (const holder of row.querySelectorAll("[data-lines]")) {
    const all = [...holder.children].map((line) => field(line, "role"));
    for (const select of all)
      for (const option of select.options)
        option.disabled =
          OWN.includes(option.value) && all.some((other) => other !== select && other.value === option.value);
  }
}

export const event = {
  write(row) {
    const count = test(row.querySelector("[data-count]"), figure);
    return {
      event: type(value(row, "name")),
      ...lines(row),
      ...(Object.keys(count).length ? { count } : {}),
      ...WINDOWS[value(row, "when")](row),
    };
  },
  show(row, condition) {
    put(row, "name", called(condition.event));
    for (const choice of choices(condition.count ?? {})) showTest(row.querySelector("[data-count]"), ...choice);
    showWindow(row, condition);
    showLines(row, condition);
  },
};

function step(part, number) {
  const soon = number > 0 && value(part, "soon") === "within";
  return {
    event: type(value(part, "name")),
    ...lines(part),
    ...(soon ? { within_hours: figure(value(part, "hours")) } : {}),
  };
}

function showStep(part, told) {
  put(part, "name", called(told.event));
  if ("within_hours" in told) put(part, "soon", "within");
  put(part, "hours", told.within_hours);
  for (const said of told.where ?? []) showLine(part, "where", said);
}

export const sequence = {
  write: (row) => ({
    sequence: [...row.querySelectorAll("[data-step]")].map(step),
    ...WINDOWS[value(row, "when")](row),
  }),
  show(row, condition) {
    row.querySelector("[data-steps]").replaceChildren();
    for (const told of condition.sequence) showStep(more(row, "step"), told);
    showWindow(row, condition);
  },
};

/** An event that was typed by its type is shown under its name. */
export function nameEvent(input) {
  if (input.list?.id === "known-events") input.value = called(type(input.value.trim()));
}
