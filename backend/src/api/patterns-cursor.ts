import { z } from 'zod';
import type { PatternPlace } from '../patterns/decisions/pattern-queries.ts';

const form = /^([\d.e+-]{1,30}):([\da-f]{24})$/;

/** @returns the place as callers hand it back: opaque to them, and fit for a URL */
export function encodePatternCursor({ confidence, id }: PatternPlace): string {
  return Buffer.from(`${confidence}:${id}`).toString('base64url');
}

/** @returns undefined for what no call of `encodePatternCursor` has made */
function decode(text: string): PatternPlace | undefined {
  const [, number, id] = form.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (number === undefined || id === undefined) return undefined;
  const place = { confidence: Number(number), id };
  return encodePatternCursor(place) === text ? place : undefined;
}

/** A cursor in a question about patterns. */
export const patternCursor = z
  .string()
  .max(100)
  .transform((text, context) => {
    const place = decode(text);
    if (place !== undefined) return place;
    context.addIssue({ code: 'custom', message: 'must be a nextCursor as an answer gave it' });
    return z.NEVER;
  });
