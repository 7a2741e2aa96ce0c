/**
 * Adjusts the p-values of a family of hypotheses for their number: rejecting those with an adjusted value of at most q
 * keeps the false discovery rate at or below q.
 * @returns the adjusted values in the order of `pValues`
 * Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).
 */
export function adjustByBenjaminiHochberg(pValues: readonly number[]): number[] {
  const ranked = pValues.map((pValue, index) => ({ pValue, index })).toSorted((one, two) => two.pValue - one.pValue);
  const adjusted = Array.from<number>({ length: pValues.length });
  let smallest = 1;
  for (const [place, { pValue, index }] of ranked.entries()) {
    const rank = pValues.length - place;
    smallest = Math.min(smallest, (pValue * pValues.length) / rank);
    adjusted[index] = smallest;
  }
  return adjusted;
}
