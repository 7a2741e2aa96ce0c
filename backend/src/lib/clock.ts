/** Milliseconds since the epoch, as Date.now(); handed in so that a test can hold it still. */
export type Clock = () => number;

/** Starts a stopwatch. @returns a function that says how many whole milliseconds have passed */
export function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt);
}
