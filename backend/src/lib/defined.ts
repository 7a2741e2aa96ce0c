/** T, with an undefined where a field may be missing. */
type WithUndefined<T> = {
  [K in keyof T]: Pick<T, K> extends Required<Pick<T, K>> ? T[K] : T[K] | undefined;
};

/** Returns a copy without undefined fields, which the store would keep as null. */
export function defined<T extends object>(fields: WithUndefined<T>): T {
  const kept = { ...fields };
  removeUndefined<T>(kept);
  return kept;
}

function removeUndefined<T extends object>(fields: WithUndefined<T>): asserts fields is WithUndefined<T> & T {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) Reflect.deleteProperty(fields, name);
  }
}
