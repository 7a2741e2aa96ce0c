import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotificationCursor } from '../../accounts/notifications.ts';
import { advance, beginAt, decodePosition, encodePosition, isUnsent, type StreamPosition } from './stream-position.ts';

const now = Date.UTC(2026, 0, 2);
const cursor = (seconds: number, id: number): NotificationCursor => ({
  timestamp: new Date(now + seconds * 1_000),
  id: id.toString(16).padStart(24, '0'),
});

describe('the position in a stream', () => {
  it('counts what is older than a minute as sent, and nothing else', () => {
    const position = beginAt(now);

    expect([cursor(-61, 1), cursor(-59, 1), cursor(60, 1)].map((one) => isUnsent(position, one))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('lets a row through that becomes visible after one that is newer', () => {
    const position = advance(beginAt(now), cursor(30, 2), now + 30_000);

    expect(isUnsent(position, cursor(29, 1))).toBe(true);
    expect(isUnsent(position, cursor(30, 2))).toBe(false);
  });

  it('is not moved by a clock that is ahead', () => {
    const position = advance(beginAt(now), cursor(3_600, 1), now);

    expect(isUnsent(position, cursor(-59, 2))).toBe(true);
  });

  it('survives the way to the reader and back', () => {
    const cursors = Array.from({ length: 40 }, (_, n) => cursor(n, n));
    let position = beginAt(now);
    for (const one of cursors) position = advance(position, one, now + 60_000);

    expect(decodePosition(encodePosition(position))).toEqual(position);
    expect(encodePosition(position).length).toBeLessThan(1_000);
    expect(cursors.filter((one) => isUnsent(position, one))).toEqual([]);
  });

  it.each(['', 'abc', 'bm90IGEgcG9zaXRpb24', `${encodePosition(beginAt(now))}=`, 'A'.repeat(24 * 32)])(
    'is not made from %j',
    (text) => {
      expect(decodePosition(text)).toBeUndefined();
    },
  );

  it('sends each row once, however late it becomes visible and wherever the reader loses the stream', () => {
    const row = fc.record({ at: fc.nat(600), lateBy: fc.nat(25), reconnects: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 25 }), (rows) => {
        const arrivals = rows
          .map(({ at, lateBy, reconnects }, n) => ({ cursor: cursor(at, n), seenAt: at + lateBy, reconnects }))
          .toSorted((a, b) => a.seenAt - b.seenAt);
        let position: StreamPosition = beginAt(now);
        const sent: string[] = [];
        for (const { cursor: one, seenAt, reconnects } of arrivals) {
          const visible = arrivals.filter((other) => other.seenAt <= seenAt).map((other) => other.cursor);
          for (const candidate of [one, ...visible]) {
            if (!isUnsent(position, candidate)) continue;
            position = advance(position, candidate, now + seenAt * 1_000);
            sent.push(candidate.id);
          }
          if (reconnects) position = decodePosition(encodePosition(position)) ?? position;
        }

        expect(sent.toSorted()).toEqual(arrivals.map((arrival) => arrival.cursor.id).toSorted());
      }),
    );
  });
});
