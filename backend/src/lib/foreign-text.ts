/**
 * Limits, in UTF-16 units, of the foreign texts that are searched and normalized: what lies beyond has no influence, so
 * that no message and no answer can keep the process busy. Exchange itself keeps 255 of a subject.
 */
export const maxSubjectLength = 1_000;
export const maxLogTextLength = 4_000;
export const maxHeaderLength = 1_000;

/** Returns the first part of a text. Cuts no character in two. */
export function firstPart(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const isHalf = /[\uD800-\uDBFF]/.test(text.charAt(maxLength - 1));
  return text.slice(0, isHalf ? maxLength - 1 : maxLength);
}
