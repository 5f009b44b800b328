// Each kind of row: what it writes into the definition, and how it shows a condition. What a row cannot show it leaves
// out: whoever shows it compares what it writes then.
import { figure, showTests, tests } from "./comparisons.js";
import { event, sequence } from "./events.js";
import { put, value } from "./fields.js";

const trait = {
  write: (row) => ({ trait: value(row, "name"), ...tests(row) }),
  show(row, condition) {
    put(row, "name", condition.trait);
    showTests(row, condition);
  },
};

const segment = {
  write: (row) => ({ segment: value(row, "segment") }),
  show: (row, condition) => put(row, "segment", condition.segment),
};

const company = {
  write(row) {
    const of = value(row, "of");
    if (of === "trait") return { company: { trait: value(row, "name"), ...tests(row) } };
    return { company: of === "id" ? { id: value(row, "company") } : true };
  },
  show(row, { company: told }) {
    if (told === true) return;
    put(row, "of", "id" in told ? "id" : "trait");
    put(row, "company", told.id);
    put(row, "name", told.trait);
    showTests(row, told);
  },
};

const consent = {
  write(row) {
    const channel = value(row, "channel");
    return { consent: { purpose: value(row, "purpose"), ...(channel ? { channel } : {}) } };
  },
  show(row, { consent: told }) {
    put(row, "purpose", told.purpose);
    put(row, "channel", told.channel);
  },
};

const reachable = {
  write: (row) => ({ reachable: value(row, "channel") }),
  show: (row, condition) => put(row, "channel", condition.reachable),
};

const share = {
  write(row) {
    const seed = value(row, "seed");
    return { share: { percent: figure(value(row, "percent")), ...(seed ? { seed } : {}) } };
  },
  show(row, { share: told }) {
    put(row, "percent", told.percent);
    put(row, "seed", told.seed);
  },
};

export const KINDS = { trait, event, sequence, segment, company, consent, reachable, share };
