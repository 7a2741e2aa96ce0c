/** Longer waits are mistakes (a wrong clock, say), and would silence the mailbox. */
const longestMs = 30 * 60_000;

/**
 * Reads a Retry-After header: seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param nowMs what the sender's clock says, in milliseconds since the epoch
 * @returns how long to wait, half an hour at most; undefined when the header is missing or means nothing
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(Math.ceil(waitMs), 0), longestMs);
}
