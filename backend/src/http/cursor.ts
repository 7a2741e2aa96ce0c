import { z } from 'zod';

/** A place in a list that is sorted by time: right after the row with this time and id. */
export interface Place {
  readonly timestamp: Date;
  /** 24 hexadecimal digits. */
  readonly id: string;
}

const form = /^(\d{1,15})\.([\da-f]{24})$/;

/** @returns the place as callers hand it back: opaque to them, and fit for a URL */
export function encodeCursor({ timestamp, id }: Place): string {
  return Buffer.from(`${timestamp.getTime()}.${id}`).toString('base64url');
}

/** @returns undefined for what no call of `encodeCursor` has made */
function decodeCursor(text: string): Place | undefined {
  const [, milliseconds, id] = form.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (milliseconds === undefined || id === undefined) return undefined;
  const place = { timestamp: new Date(Number(milliseconds)), id };
  return encodeCursor(place) === text ? place : undefined;
}

/** A cursor in a question. */
export const cursor = z
  .string()
  .max(100)
  .transform((text, context) => {
    const place = decodeCursor(text);
    if (place !== undefined) return place;
    context.addIssue({ code: 'custom', message: 'must be a nextCursor as an answer gave it' });
    return z.NEVER;
  });
