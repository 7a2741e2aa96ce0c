import mongoose from 'mongoose';

// Mongoose's `sanitizeFilter` is on: an operator in a filter that does not come from one of these functions is read as
// a value. That keeps foreign input from becoming an operator.

/** Matches any of the values. */
export function isIn<T>(values: Iterable<T>) {
  return mongoose.trusted({ $in: [...values] });
}

/** Matches none of the values, and rows without the field. */
export function isNotIn<T>(values: Iterable<T>) {
  return mongoose.trusted({ $nin: [...values] });
}

/** Matches any other value, and rows without the field; given null, rows that have the field. */
export function isNot<T>(value: T) {
  return mongoose.trusted({ $ne: value });
}

/** Matches the value and what is later or greater: >=. */
export function since<T>(value: T) {
  return mongoose.trusted({ $gte: value });
}

/** Matches the value and what is earlier or smaller: <=. */
export function until<T>(value: T) {
  return mongoose.trusted({ $lte: value });
}

/** Matches what is later or greater: >. */
export function after<T>(value: T) {
  return mongoose.trusted({ $gt: value });
}

/** Matches what is earlier or smaller: <. */
export function before<T>(value: T) {
  return mongoose.trusted({ $lt: value });
}

/** Matches what is later than the first value, and not later than the second. */
export function afterUntil<T>(earliest: T, latest: T) {
  return mongoose.trusted({ $gt: earliest, $lte: latest });
}

/** Matches rows that have the field, null included. */
export function exists() {
  return mongoose.trusted({ $exists: true });
}

/** Matches rows without the field. */
export function missing() {
  return mongoose.trusted({ $exists: false });
}

/** Matches from the first value on, the second one left out: >= and <. */
export function sinceAndBefore<T>(first: T, end: T) {
  return mongoose.trusted({ $gte: first, $lt: end });
}
