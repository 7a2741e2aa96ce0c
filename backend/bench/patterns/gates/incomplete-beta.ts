const maxIterations = 1000;
const tolerance = 1e-12;
/** Replaces a zero denominator (Lentz's method). */
const tiny = 1e-300;

/** Lanczos' coefficients for g = 7, n = 9 (P. Godfrey). */
const lanczosG = 7;
const lanczosFirst = 0.999_999_999_999_809_93;
const lanczosRest = [
  676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_6,
  12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
];

/** The natural logarithm of the gamma function, for arguments of at least 0.5. */
function logGamma(argument: number): number {
  const shifted = argument - 1;
  let sum = lanczosFirst;
  for (const [index, coefficient] of lanczosRest.entries()) sum += coefficient / (shifted + index + 1);
  const base = shifted + lanczosG + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** The numerator of step `m` of the continued fraction: its even part, then its odd part. */
function coefficients(x: number, a: number, b: number, m: number): readonly [number, number] {
  const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
  const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
  return [even, odd];
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= maxIterations; m++) {
    let factor = 1;
    for (const coefficient of coefficients(x, a, b, m)) {
      d = 1 / awayFromZero(1 + coefficient * d);
      c = awayFromZero(1 + coefficient / c);
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < tolerance) return value;
  }
  return value;
}

/**
 * Computes the regularized incomplete beta function I_x(a, b), for 0 ≤ x ≤ 1 and a, b ≥ 0.5.
 * Source: Numerical Recipes, 3rd edition, 6.4 (continued fraction by the modified method of Lentz); about ten digits.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  // the fraction converges fast only on this side of the mean
  if (x < (a + 1) / (a + b + 2)) return (Math.exp(logFront) * continuedFraction(x, a, b)) / a;
  return 1 - (Math.exp(logFront) * continuedFraction(1 - x, b, a)) / b;
}
