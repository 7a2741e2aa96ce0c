const codes = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/** Gives text a color, or leaves it as it is. */
export type Paint = (style: keyof typeof codes, text: string) => string;

/** Colors for a terminal; none elsewhere, and none for who does not want them (https://no-color.org). */
export function paintFor(
  { isTTY }: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const isPlain = isTTY !== true || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isPlain ? (_style, text) => text : (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;
}
