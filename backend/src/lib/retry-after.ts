import { minuteMs } from './durations.ts';

/** A longer wait is taken for a mistake (a wrong clock, say): it would stop all work on the mailbox. */
const longestMs = 30 * minuteMs;

/**
 * Parses a Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3).
 * @param nowMs the sender's time, in milliseconds since the epoch
 * @returns milliseconds to wait, at most half an hour; undefined when the header is missing or unreadable
 */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === undefined || header === null) return undefined;
  const text = header.trim();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(Math.ceil(waitMs), 0), longestMs);
}
