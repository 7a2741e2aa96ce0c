import {
  chanceOfGood,
  likelihood,
  meanRate,
  normalized,
  posterior,
  rates,
  type UnitCounts,
  type Weights,
} from './grid.ts';

// Hierarchical empirical Bayes: what is known of one sender is the more taken from the others, the less mail there is.
// Sources: H. Robbins, "An empirical Bayes approach to statistics" (1956), for the shared prior; T. S. Ferguson, "A Bayesian
// analysis of some nonparametric problems", Annals of Statistics 1 (1973), for Dirichlet priors about the level above.

/** The weight, in units, of the population above the mailbox, and of the mailbox above its classes. */
const upperStrength = 20;
/** The weight of a class above its domains: the senders of one domain are alike. */
const domainStrength = 5;
/** More rounds would make the senders of a mailbox more alike than people are: measured, see decision 027. */
const rounds = 2;
/** What one sender weighs at most in mail that is counted together. */
const mostOfOneSender = 5;

/** Mail that is judged as one: of a sender, or a part of it. */
export interface Unit {
  readonly counts: UnitCounts;
  /** Mail that tends to be treated alike, as newsletters. */
  readonly mailClass: string;
  /** Left out for mail of several senders, whose own counts stand in for the domain. */
  readonly domain?: string | undefined;
}

/** What is to be expected of a unit. */
export interface Forecast {
  /** The expected share of the next mail that follows, from 0 to 1. */
  readonly mean: number;
  /** The probability that the rate is at least 0.8. */
  readonly good: number;
}

/** Sums of the distributions of all units of a mailbox, and of those of each class. */
export interface Levels {
  readonly all: Weights;
  readonly classes: Readonly<Record<string, Weights>>;
}

/** The levels above the units of a mailbox. */
export interface Ladder {
  /** As each round began. */
  readonly levels: readonly Levels[];
  /**
   * Forecasts mail of the mailbox: of one of the units or a part of it, or of a domain with several senders.
   * @param whole the index of the unit that it is, or is a part of
   */
  forecast(unit: Unit, whole?: number): Forecast;
}

interface Step {
  readonly unit: Unit;
  readonly likely: Weights;
  own: Weights;
}

/**
 * Forecasts what an owner will do with the mail of each unit of a mailbox, for one action.
 * @param units units of the mailbox that do not overlap: its senders, or all those of some domains
 * @param prior the population's distribution of rates for this action, over `rates`
 * @param known the levels of the whole mailbox when only some domains are given, which they contain
 */
export function climb(units: readonly Unit[], prior: Weights, known: readonly Levels[] = []): Ladder {
  const start = normalized(prior);
  const steps: Step[] = units.map((unit) => {
    const likely = likelihood(unit.counts);
    return { unit, likely, own: posterior(start, likely) };
  });
  let sums = sumsOf(steps, known[0]);
  const levels = [levelsOf(sums)];
  for (let round = 1; round < rounds; round++) {
    for (const step of steps) step.own = posterior(above(sums, start, step), step.likely);
    sums = sumsOf(steps, known[round]);
    levels.push(levelsOf(sums));
  }
  return {
    levels,
    forecast: (unit, whole) => {
      const own = whole === undefined ? undefined : steps[whole]?.own;
      return forecastOf(posterior(above(sums, start, { unit, own }), likelihood(unit.counts)));
    },
  };
}

/**
 * Adds up the counts of several senders, none of which weighs more than five messages, so that a busy one does not speak
 * for all.
 */
export function pooled(senders: readonly UnitCounts[]): UnitCounts {
  let [followed, seen] = [0, 0];
  for (const sender of senders) {
    const scale = Math.min(1, mostOfOneSender / sender.seen);
    followed += sender.followed * scale;
    seen += sender.seen * scale;
  }
  return { followed, seen };
}

function forecastOf(distribution: Weights): Forecast {
  return { mean: meanRate(distribution), good: chanceOfGood(distribution) };
}

interface Sums {
  readonly all: Weights;
  readonly classes: ReadonlyMap<string, Weights>;
  readonly domains: ReadonlyMap<string, Weights>;
}

function sumsOf(steps: readonly Step[], known: Levels | undefined): Sums {
  const all = zeros();
  const classes = new Map<string, number[]>();
  const domains = new Map<string, number[]>();
  for (const { unit, own } of steps) {
    addTo(all, own);
    addTo(sumOf(classes, unit.mailClass), own);
    if (unit.domain !== undefined) addTo(sumOf(domains, unit.domain), own);
  }
  return known === undefined
    ? { all, classes, domains }
    : { all: known.all, classes: new Map(Object.entries(known.classes)), domains };
}

function levelsOf({ all, classes }: Sums): Levels {
  return { all, classes: Object.fromEntries(classes) };
}

/** Returns the distribution that is expected of a unit before its own counts: that of the others. */
function above(
  { all, classes, domains }: Sums,
  prior: Weights,
  { unit, own = none }: { readonly unit: Unit; readonly own?: Weights | undefined },
): number[] {
  const mailbox = centered(prior, upperStrength, without(all, own));
  const ofClass = centered(mailbox, upperStrength, without(classes.get(unit.mailClass) ?? none, own));
  if (unit.domain === undefined) return ofClass;
  return centered(ofClass, domainStrength, without(domains.get(unit.domain) ?? none, own));
}

/** The mean of a Dirichlet distribution about `center`, after further weights were seen. */
function centered(center: Weights, strength: number, seen: Weights): number[] {
  return normalized(center.map((weight, index) => strength * weight + (seen[index] ?? 0)));
}

const none: Weights = zeros();

function zeros(): number[] {
  return rates.map(() => 0);
}

function without(total: Weights, own: Weights): number[] {
  return total.map((weight, index) => Math.max(0, weight - (own[index] ?? 0)));
}

function sumOf(sums: Map<string, number[]>, key: string): number[] {
  const known = sums.get(key) ?? zeros();
  sums.set(key, known);
  return known;
}

function addTo(total: number[], own: Weights): void {
  for (const [index, weight] of own.entries()) total[index] = (total[index] ?? 0) + weight;
}
