/** The properties of something that was parsed from JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns the properties of a value; none when it is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** Returns the items of a list, each as properties; none when it is no list. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns how a property is there: absent, null, empty, or given. */
export function presenceOf(item: Fields, name: string): 'absent' | 'null' | 'empty' | 'given' {
  if (!Object.hasOwn(item, name) || item[name] === undefined) return 'absent';
  if (item[name] === null) return 'null';
  return item[name] === '' ? 'empty' : 'given';
}

/** Returns names as one text, sorted; "none" when there are none. */
export function namesOf(names: Iterable<string>): string {
  const sorted = [...new Set(names)].toSorted();
  return sorted.length === 0 ? 'none' : sorted.join(' ');
}
