// The builder: rows on the screen and the definition as text say the same. What rows cannot show stays text.
const form = document.querySelector("[data-builder]");
const text = form.querySelector("#definition");
const list = form.querySelector("[data-conditions]");
const match = form.querySelector("[data-match]");
const preview = document.getElementById("preview");
const ARROW = "›";
let waiting = 0;

const template = (name) => document.querySelector(`template[data-row="${name}"]`).content.cloneNode(true);
const field = (row, name) => row.querySelector(`[data-field="${name}"]`);
const value = (row, name) => field(row, name)?.value.trim() ?? "";
const put = (row, name, told) => {
  const control = field(row, name);
  if (control && told !== undefined) control.value = told;
};
const number = (told) => (told !== "" && Number.isFinite(Number(told)) ? Number(told) : undefined);

// A comparison as rows show it: one operator and one value.
const OPERATORS = ["is", "is_not", "contains", "starts_with", "gte", "lte", "gt", "lt", "exists"];
const LETTERS = ["contains", "starts_with"];

function comparison(row) {
  const op = value(row, "op");
  if (op === "exists") return { exists: true };
  const told = value(row, "value");
  if (LETTERS.includes(op)) return { [op]: told };
  if (told === "true" || told === "false") return { [op]: told === "true" };
  return { [op]: number(told) ?? told };
}

function showComparison(row, condition) {
  const ops = OPERATORS.filter((op) => op in condition);
  if (ops.length !== 1 || (ops[0] === "exists" && condition.exists !== true)) return false;
  const told = condition[ops[0]];
  if (typeof told === "object" || (typeof told === "string" && number(told) !== undefined && !LETTERS.includes(ops[0])))
    return false; // a list, or digits that are text: the row would change them
  put(row, "op", ops[0]);
  if (ops[0] !== "exists") put(row, "value", String(told));
  return true;
}

const only = (condition, ...names) => Object.keys(condition).every((name) => names.includes(name));
const days = (row) => {
  const told = number(value(row, "days"));
  return told === undefined ? {} : { within_days: told };
};

// Each kind of row: what it writes, and how it shows a condition (false when it cannot).
const KINDS = {
  trait: {
    write: (row) => ({ trait: value(row, "name"), ...comparison(row) }),
    show: (row, condition) => {
      put(row, "name", condition.trait);
      return only(condition, "trait", ...OPERATORS) && showComparison(row, condition);
    },
  },
  event: {
    write: (row) => {
      const wheres = [...row.querySelectorAll("[data-wheres] > div")].map((each) => ({
        property: value(each, "property"),
        ...comparison(each),
      }));
      const op = value(row, "count-op");
      const count = number(value(row, "count"));
      return {
        event: value(row, "name"),
        ...(wheres.length ? { where: wheres } : {}),
        ...(op && count !== undefined ? { count: { [op]: count } } : {}),
        ...days(row),
      };
    },
    show: (row, condition) => {
      put(row, "name", condition.event);
      put(row, "days", condition.within_days);
      if (condition.count) {
        const ops = Object.keys(condition.count);
        if (ops.length !== 1 || !["gte", "lte", "is"].includes(ops[0])) return false;
        put(row, "count-op", ops[0]);
        put(row, "count", condition.count[ops[0]]);
      }
      const shown = (condition.where ?? []).every((each) => {
        const where = addWhere(row);
        put(where, "property", each.property);
        return only(each, "property", ...OPERATORS) && showComparison(where, each);
      });
      return shown && only(condition, "event", "where", "count", "within_days");
    },
  },
  sequence: {
    write: (row) => ({
      sequence: value(row, "steps").split(ARROW).map((name) => ({ event: name.trim() })),
      ...days(row),
    }),
    show: (row, condition) => {
      put(row, "steps", condition.sequence.map((step) => step.event).join(` ${ARROW} `));
      put(row, "days", condition.within_days);
      return only(condition, "sequence", "within_days") && condition.sequence.every((step) => only(step, "event"));
    },
  },
  segment: {
    write: (row) => ({ segment: value(row, "segment") }),
    show: (row, condition) => {
      put(row, "segment", condition.segment);
      return value(row, "segment") === condition.segment;
    },
  },
  company: {
    write: (row) => {
      const of = value(row, "of");
      if (of === "trait") return { company: { trait: value(row, "name"), ...comparison(row) } };
      return { company: of === "id" ? { id: value(row, "company") } : true };
    },
    show: (row, { company }) => {
      if (company === true) return true;
      if (company === null || typeof company !== "object") return false;
      if ("id" in company) {
        put(row, "of", "id");
        put(row, "company", company.id);
        return value(row, "company") === company.id && only(company, "id");
      }
      put(row, "of", "trait");
      put(row, "name", company.trait);
      return only(company, "trait", ...OPERATORS) && showComparison(row, company);
    },
  },
  reachable: {
    write: (row) => ({ reachable: value(row, "channel") }),
    show: (row, condition) => {
      put(row, "channel", condition.reachable);
      return value(row, "channel") === condition.reachable;
    },
  },
  share: {
    write: (row) => ({
      share: { percent: number(value(row, "percent")) ?? 0, ...(value(row, "seed") ? { seed: value(row, "seed") } : {}) },
    }),
    show: (row, condition) => {
      put(row, "percent", condition.share.percent);
      put(row, "seed", condition.share.seed);
      return true;
    },
  },
};

function addRow(kind) {
  const row = document.createElement("li");
  row.dataset.kind = kind;
  row.append(template(kind), template("remove"));
  list.append(row);
  settle(row);
  return row;
}

function addWhere(row) {
  const where = document.createElement("div");
  where.append(template("where"));
  row.querySelector("[data-wheres]").append(where);
  settle(where);
  return where;
}

// Fields that say nothing now are not shown.
function settle(row) {
  for (const op of row.querySelectorAll('[data-field="op"]')) {
    const told = op.parentElement.querySelector(':scope > [data-field="value"]');
    if (told) told.hidden = op.value === "exists";
  }
  const of = field(row, "of");
  if (of) for (const part of row.querySelectorAll("[data-of]")) part.hidden = part.dataset.of !== of.value;
  const often = field(row, "count-op");
  if (often) field(row, "count").hidden = !often.value;
}

function written() {
  const conditions = [...list.children].map((row) => {
    const condition = KINDS[row.dataset.kind].write(row);
    return value(row, "not") ? { not: condition } : condition;
  });
  return { version: 1, [match.value]: conditions };
}

// Shows a definition as rows; false when they could not say all of it.
function show(definition) {
  list.replaceChildren();
  const top = ["all", "any"].filter((name) => Array.isArray(definition?.[name]));
  if (top.length !== 1 || !only(definition, "version", top[0])) return false;
  match.value = top[0];
  return definition[top[0]].every((told) => {
    const negated = told !== null && typeof told === "object" && "not" in told && only(told, "not");
    const condition = negated ? told.not : told;
    const kind = Object.keys(KINDS).find((name) => condition !== null && typeof condition === "object" && name in condition);
    if (!kind) return false;
    const row = addRow(kind);
    if (negated && !field(row, "not")) return false;
    if (negated) put(row, "not", "not");
    const shown = KINDS[kind].show(row, condition);
    settle(row);
    return shown;
  });
}

function read() {
  let shown = false;
  try {
    shown = show(JSON.parse(text.value));
  } catch {
    shown = false;
  }
  form.querySelector("[data-simple]").hidden = !shown;
  form.querySelector("[data-nested]").hidden = shown;
  if (!shown) form.querySelector("[data-text]").open = true;
}

function count() {
  clearTimeout(waiting);
  let empty = false;
  try {
    const definition = JSON.parse(text.value);
    empty = (definition.all ?? definition.any ?? [null]).length === 0;
  } catch {
    empty = false; // the answer says what is wrong
  }
  if (!empty) waiting = setTimeout(() => preview.dispatchEvent(new Event("count")), 500);
}

function changed() {
  text.value = JSON.stringify(written(), null, 2);
  count();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.add) {
    const row = addRow(button.dataset.add);
    row.querySelector("input, select")?.focus();
  } else if ("where" in button.dataset) addWhere(button.closest("li")).querySelector("input").focus();
  else if ("drop" in button.dataset) button.parentElement.remove();
  else if ("remove" in button.dataset) button.closest("li").remove();
  else return;
  changed();
});

form.addEventListener("input", (event) => {
  if (event.target === text) {
    read();
    count();
  } else if (event.target.closest("[data-simple]")) {
    const row = event.target.closest("li");
    if (row) settle(row);
    changed();
  }
});

read();
if (list.children.length) text.value = JSON.stringify(JSON.parse(text.value), null, 2);
count();
