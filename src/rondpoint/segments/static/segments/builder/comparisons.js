// Comparisons of one value: what a test says in the definition, and how a row shows it.
import { field, more, put, value } from "./fields.js";

const LETTERS = ["contains", "starts_with"];
const ORDERED = ["gte", "lte", "gt", "lt"];
const DATED = ["before", "after"]; // a day as 2026-01-31
const OPERATORS = ["is", "is_not", "in", ...LETTERS, ...ORDERED, ...DATED, "exists"];
const ALONE = ["exists", "missing"];
const SUMMED = ["is", "between", ...ORDERED]; // what a sum can be asked
const QUOTED = /^"(.*)"$/s;
const LISTED = /\s*("[^"]*"|[^,]+)/g;

const number = (told) => (told !== "" && Number.isFinite(Number(told)) ? Number(told) : undefined);

/** A number, also with a decimal comma; anything else stays as it was typed, for the answer to say so. */
export const figure = (told) => number(told.replace(",", ".")) ?? told;

// Digits, true and false mean themselves; in quotation marks they are text.
const letters = (told) => told.match(QUOTED)?.[1] ?? told;

function scalar(told) {
  if (QUOTED.test(told)) return letters(told);
  if (told === "true" || told === "false") return told === "true";
  return number(told) ?? told;
}

const typed = (told, read) => (read(String(told)) === told && String(told).trim() === told ? told : `"${told}"`);
const typedScalar = (told) => (typeof told === "string" ? typed(told, scalar) : String(told));

function typedList(all) {
  const each = all.map(typedScalar);
  return each.map((told) => (told.includes(",") && !QUOTED.test(told) ? `"${told}"` : told)).join(", ");
}

const list = (told) => [...told.matchAll(LISTED)].map(([, each]) => scalar(each.trim())).filter((each) => each !== "");

/** What a choice of an operator says, with the fields beside it; nothing when none is chosen. */
export function test(part, read = scalar) {
  const op = value(part, "op");
  const told = value(part, "value");
  if (op === "") return {};
  if (ALONE.includes(op)) return { exists: op === "exists" };
  if (op === "between") return { gte: figure(told), lte: figure(value(part, "most")) };
  if (op === "in") return { in: list(told) };
  if (LETTERS.includes(op) || DATED.includes(op)) return { [op]: letters(told) };
  return { [op]: ORDERED.includes(op) ? figure(told) : read(told) };
}

/** All tests of a comparison. */
export const tests = (part) => Object.assign({}, ...[...part.querySelectorAll("[data-test]")].map((each) => test(each)));

/** Shows one test: its operator, and the one or two values. */
export function showTest(part, op, told, most) {
  put(part, "op", op);
  if (op === "in") put(part, "value", typedList(told));
  else if (!ALONE.includes(op)) put(part, "value", LETTERS.includes(op) || DATED.includes(op) ? typed(told, letters) : typedScalar(told));
  put(part, "most", most);
}

/** The tests of a condition as choices: at least and at most are one, and each other stands for itself. */
export function choices(condition) {
  const between = "gte" in condition && "lte" in condition;
  const rest = OPERATORS.filter((op) => op in condition && !(between && ["gte", "lte"].includes(op)));
  const alone = rest.map((op) => [op === "exists" && condition.exists === false ? "missing" : op, condition[op]]);
  return between ? [["between", condition.gte, condition.lte], ...alone] : alone;
}

/** Shows all tests of a condition in a row that has one. */
export function showTests(row, condition) {
  choices(condition).forEach((choice, number) => {
    showTest(number ? more(row, "test") : row.querySelector("[data-test]"), ...choice);
  });
}

const members = (op) => ({ between: ["gte", "lte"], missing: ["exists"] })[op] ?? [op];

/** Offers only what can be said: each operator once, "is known" alone, and numbers of a sum. */
export function settleTests(part) {
  for (const holder of part.querySelectorAll("[data-tests]")) {
    const all = [...holder.children].map((each) => field(each, "op"));
    const summed = value(holder.parentElement, "role") === "sum";
    for (const select of all) {
      const taken = all.filter((other) => other !== select).flatMap((other) => members(other.value));
      for (const option of select.options)
        option.disabled =
          members(option.value).some((member) => taken.includes(member)) ||
          (summed && !SUMMED.includes(option.value)) ||
          (all.length > 1 && ALONE.includes(option.value));
    }
    const also = holder.parentElement.querySelector(':scope > [data-more="test"]');
    also.hidden = all.length > 3 || ALONE.includes(all[0]?.value);
  }
}

/** Takes the first operator that can be said where the chosen one cannot any more; what was there first stays. */
export function chooseAnew(part) {
  for (const select of [...part.querySelectorAll('[data-test] > [data-field="op"]')].reverse())
    if (select.selectedOptions[0]?.disabled) {
      select.value = [...select.options].find((option) => !option.disabled).value;
      settleTests(part);
    }
}
