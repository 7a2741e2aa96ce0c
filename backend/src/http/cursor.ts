import { z } from 'zod';

/** A cursor in a list that is sorted by time: right after the row with this time and id. */
export interface PageCursor {
  readonly timestamp: Date;
  /** 24 hexadecimal digits. */
  readonly id: string;
}

/** Encodes cursors for callers, and reads them back. */
export interface CursorForm<T> {
  readonly encode: (cursor: T) => string;
  /** Parses the query parameter. */
  readonly schema: z.ZodType<T, string>;
}

/**
 * Cursors are opaque to callers, and fit for a URL.
 * @param write the cursor as text
 * @param read undefined for what is no cursor; of what is, only that which `write` makes of it counts
 */
export function cursorForm<T>(write: (cursor: T) => string, read: (text: string) => T | undefined): CursorForm<T> {
  const encode = (cursor: T): string => Buffer.from(write(cursor)).toString('base64url');
  const schema = z
    .string()
    .max(100)
    .transform((text, context) => {
      const cursor = read(Buffer.from(text, 'base64url').toString());
      if (cursor !== undefined && encode(cursor) === text) return cursor;
      context.addIssue({ code: 'custom', message: 'must be a nextCursor of this list' });
      return z.NEVER;
    });
  return { encode, schema };
}

const form = /^(\d{1,15})\.([\da-f]{24})$/;

/** Cursors of lists that are sorted by time. */
export const { encode: encodeCursor, schema: cursor } = cursorForm<PageCursor>(
  ({ timestamp, id }) => `${timestamp.getTime()}.${id}`,
  (text) => {
    const [, milliseconds, id] = form.exec(text) ?? [];
    return milliseconds === undefined || id === undefined
      ? undefined
      : { timestamp: new Date(Number(milliseconds)), id };
  },
);
