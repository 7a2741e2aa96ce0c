/** The normal quantile of a two-sided 95 % interval. */
const z = 1.959963984540054;

/** A confidence interval of a share, each end from 0 to 1. */
interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns the 95 % Wilson score interval of `followed` out of `seen`; both may be fractional, as weighted counts are.
 * With nothing seen it is 0 to 1. Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", JASA 22 (1927); the form without continuity correction.
 * @throws RangeError unless 0 ≤ followed ≤ seen
 */
export function wilsonInterval(followed: number, seen: number): Interval {
  if (!(followed >= 0 && followed <= seen))
    throw new RangeError(`${followed} of ${seen} is not a share: expected 0 ≤ followed ≤ seen`);
  if (seen === 0) return { lower: 0, upper: 1 };

  const share = followed / seen;
  const center = share + z ** 2 / (2 * seen);
  const margin = z * Math.sqrt((share * (1 - share)) / seen + z ** 2 / (4 * seen ** 2));
  const scale = 1 + z ** 2 / seen;
  return { lower: Math.max(0, (center - margin) / scale), upper: Math.min(1, (center + margin) / scale) };
}

/** Returns the lower end of the interval. @throws RangeError as wilsonInterval */
export function wilsonLowerBound(followed: number, seen: number): number {
  return wilsonInterval(followed, seen).lower;
}
