/* Letters in order, the earlier in a word the better: "drg" finds "Do not disturb, Rémi Girard". */

const MARKS = /\p{Diacritic}/gu;

/** Small letters without accents. */
export const bare = (text) => text.normalize("NFD").replace(MARKS, "").toLowerCase();

/** How well `wanted` (bare) fits `text`; 0 when it does not, more is better. */
export function score(wanted, text) {
  const held = bare(text);
  const whole = held.indexOf(wanted);
  if (whole === 0) return 1000 - held.length;
  if (whole > 0) return (starts(held, whole) ? 800 : 500) - held.length;
  let points = 0;
  let from = 0;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const at = held.indexOf(letter, from);
    if (at < 0) return 0;
    points += starts(held, at) ? 8 : at === from && from ? 4 : 1;
    from = at + 1;
  }
  // Letters scattered far apart are chance.
  return points >= wanted.length * 2.5 ? points : 0;
}

const starts = (text, at) => at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]);
