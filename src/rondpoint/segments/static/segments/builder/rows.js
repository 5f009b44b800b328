// Rows: a list of conditions that all, any, not all or none must hold; one of them may be a group, a list of its own.
import { chooseAnew, settleTests } from "./comparisons.js";
import { settleLines } from "./events.js";
import { complete, field, put, settle, template, value } from "./fields.js";
import { KINDS } from "./kinds.js";

/** Adds an empty row of a kind to a list. */
export function addRow(list, kind) {
  const row = document.createElement("li");
  row.dataset.kind = kind;
  row.append(template(kind), template("remove"));
  complete(row);
  list.append(row);
  settleRow(row);
  return row;
}

/** Shows in a row what says something now, and offers what can be said. */
export function settleRow(row) {
  settleLines(row);
  settleTests(row);
  chooseAnew(row);
  settle(row);
}

// "not-any" and the like say how the parts of a group hold together.
function grouped(match, parts) {
  const negated = match.startsWith("not-");
  const group = { [negated ? match.slice(4) : match]: parts };
  return negated ? { not: group } : group;
}

const isObject = (told) => told !== null && typeof told === "object";
const negative = (told) => isObject(told) && isObject(told.not);

function ungrouped(told) {
  const group = negative(told) ? told.not : told;
  const match = ["all", "any"].find((name) => isObject(group) && Array.isArray(group[name]));
  return match && [negative(told) ? `not-${match}` : match, group[match]];
}

const negation = (row) => row.querySelector(':scope > [role="group"] > [data-field="not"]');
const inner = (row) => row.querySelector("[data-conditions]");

function condition(row) {
  if (row.dataset.kind === "group") return grouped(value(row, "match"), conditions(inner(row)));
  const said = KINDS[row.dataset.kind].write(row);
  return negation(row).value ? { not: said } : said;
}

// A group without rows says nothing yet.
const says = (row) => row.dataset.kind !== "group" || [...inner(row).children].some(says);
const conditions = (list) => [...list.children].filter(says).map(condition);

function showGroup(list, [match, parts]) {
  const row = addRow(list, "group");
  put(row, "match", match);
  for (const told of parts) showRow(inner(row), told);
}

function showRow(list, told) {
  const group = ungrouped(told);
  if (group) {
    showGroup(list, group);
    return;
  }
  const said = negative(told) ? told.not : told;
  const kind = Object.keys(KINDS).find((name) => name in said);
  const row = addRow(list, kind);
  if (said !== told) negation(row).value = "not";
  KINDS[kind].show(row, said);
  settleRow(row);
}

/** The definition that the rows of a form say. */
export function written(form) {
  return { version: 1, ...grouped(form.querySelector("[data-match]").value, conditions(inner(form))) };
}

function same(one, other) {
  if (!isObject(one) || !isObject(other)) return one === other;
  const names = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && same(one[name], other[name]))
  );
}

/** Shows a definition as rows; false, and no rows, when they would not write the very same one again. */
export function show(form, definition) {
  inner(form).replaceChildren();
  try {
    const [match, parts] = ungrouped(definition);
    form.querySelector("[data-match]").value = match;
    for (const told of parts) showRow(inner(form), told);
    if (same(written(form), definition)) return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // something else stands where a condition should
  }
  inner(form).replaceChildren();
  return false;
}

/** The field of a row where somebody begins. */
export const firstField = (part) => part.querySelector("input, select") ?? part;
