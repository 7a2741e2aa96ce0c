import { cursorForm } from '../../http/cursor.ts';
import type { PatternCursor } from '../../patterns/decisions/pattern-queries.ts';

const form = /^([\d.e+-]{1,30}):([\da-f]{24})$/;

/** Cursors of lists of patterns, which are sorted by confidence. */
export const { encode: encodePatternCursor, schema: patternCursor } = cursorForm<PatternCursor>(
  ({ confidence, id }) => `${confidence}:${id}`,
  (text) => {
    const [, number, id] = form.exec(text) ?? [];
    return number === undefined || id === undefined ? undefined : { confidence: Number(number), id };
  },
);
