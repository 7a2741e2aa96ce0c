/** Aggregation expression that is true for events caused by our own actions. */
export const isAutomated = {
  $gt: [
    { $ifNull: ['$metadata.automatedByAction', { $ifNull: ['$metadata.automatedByRule', '$metadata.recognized'] }] },
    null,
  ],
};

/** Builds the expression for the value of the first condition that is true, or else for `otherwise`. */
export function choose(
  choices: readonly (readonly [condition: object, value: unknown])[],
  otherwise: unknown,
): { $cond: [object, unknown, unknown] } | { $literal: unknown } {
  const [first, ...others] = choices;
  if (first === undefined) return { $literal: otherwise };
  const [condition, value] = first;
  return { $cond: [condition, value, others.length === 0 ? otherwise : choose(others, otherwise)] };
}
