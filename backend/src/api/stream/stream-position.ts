import type { NotificationCursor } from '../../accounts/notifications.ts';

/**
 * How far a reader of a stream has come: everything up to `after` counts as sent, and of what follows that which is in
 * `sent`. A row can become visible a while after the time that it bears, and is not missed as long as its cursor is
 * later than `after`.
 */
export interface StreamPosition {
  readonly after: NotificationCursor;
  /** In their order. */
  readonly sent: readonly NotificationCursor[];
}

/** Longer than a write takes, its repetitions included, and than the clocks of two processes are apart. */
const overlapMs = 60_000;
/** Limits the position to the length of a header. Of more rows in one `overlapMs` the oldest count as sent. */
const maxSent = 30;

const firstId = '0'.repeat(24);
const placeBytes = 6 + 12;

/** Returns the position of a new reader: rows that exist at `now` count as sent once `advance` has passed them. */
export function beginAt(now: number): StreamPosition {
  return { after: { timestamp: new Date(now - overlapMs), id: firstId }, sent: [] };
}

export function isUnsent({ after, sent }: StreamPosition, cursor: NotificationCursor): boolean {
  return compare(cursor, after) > 0 && sent.every(({ id }) => id !== cursor.id);
}

/** The position once a row is sent. @param now milliseconds since the epoch: times to come move nothing */
export function advance(position: StreamPosition, cursor: NotificationCursor, now: number): StreamPosition {
  const sent = [...position.sent, cursor].toSorted(compare);
  const newest = sent.at(-1)?.timestamp.getTime() ?? now;
  const horizon = { timestamp: new Date(Math.min(newest, now) - overlapMs), id: firstId };
  const overflow = sent.slice(0, Math.max(0, sent.length - maxSent)).at(-1);
  const after = latest([position.after, horizon, ...(overflow === undefined ? [] : [overflow])]);
  return { after, sent: sent.filter((one) => compare(one, after) > 0) };
}

function latest(cursors: readonly [NotificationCursor, ...NotificationCursor[]]): NotificationCursor {
  let [last] = cursors;
  for (const cursor of cursors) if (compare(cursor, last) > 0) last = cursor;
  return last;
}

function compare(a: NotificationCursor, b: NotificationCursor): number {
  const byTime = a.timestamp.getTime() - b.timestamp.getTime();
  if (byTime !== 0) return byTime;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** @returns the position as readers hand it back: opaque to them, and fit for a header */
export function encodePosition({ after, sent }: StreamPosition): string {
  return Buffer.concat([after, ...sent].map(encodePlace)).toString('base64url');
}

function encodePlace({ timestamp, id }: NotificationCursor): Buffer {
  const time = Buffer.alloc(6);
  time.writeUIntBE(timestamp.getTime(), 0, 6);
  return Buffer.concat([time, Buffer.from(id, 'hex')]);
}

/** @returns undefined for what no call of `encodePosition` has made */
export function decodePosition(text: string): StreamPosition | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text || bytes.length % placeBytes !== 0) return undefined;
  const [after, ...sent] = Array.from({ length: bytes.length / placeBytes }, (_, index) =>
    decodePlace(bytes.subarray(index * placeBytes, (index + 1) * placeBytes)),
  );
  return after === undefined || sent.length > maxSent ? undefined : { after, sent };
}

function decodePlace(bytes: Buffer): NotificationCursor {
  return { timestamp: new Date(bytes.readUIntBE(0, 6)), id: bytes.subarray(6).toString('hex') };
}
