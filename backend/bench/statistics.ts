/**
 * The smallest value that at least this share of the values does not exceed (the nearest-rank method).
 * @param share from 0 to 1
 * @throws RangeError when there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('No values were measured');
  return value;
}

/** The middle value; of an even number of values the lower of the two in the middle. Throws as quantile. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
