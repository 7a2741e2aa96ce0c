// The order matters: Edge and Opera call themselves Chrome as well, and Chrome calls itself Safari.
const browsers: readonly (readonly [string, string])[] = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
];
const systems: readonly (readonly [string, string])[] = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iOS'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
];

/**
 * Returns the family of a browser, and its system where it is known, such as "Firefox on Windows": enough to recognize
 * a session by, and too little to follow anybody by.
 * @returns undefined for a program that is none of the known browsers
 */
export function browserFamily(userAgent = ''): string | undefined {
  const nameIn = (names: typeof browsers) => names.find(([word]) => userAgent.includes(word))?.[1];
  const browser = nameIn(browsers.map(([word, name]) => [`${word}/`, name]));
  const system = nameIn(systems);
  return browser === undefined || system === undefined ? browser : `${browser} on ${system}`;
}
