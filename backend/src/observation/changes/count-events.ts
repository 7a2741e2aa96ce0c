import { eventLag, events as counted } from '../../lib/metrics.ts';
import type { Entry } from './event-log.ts';
import type { ObservedMailbox } from './observation.ts';

/**
 * Counts the events of changes that were just recorded, and how long after the change that was. What happened before
 * the mailbox was watched was not late.
 * @param now milliseconds since the epoch
 */
export function countEvents({ watchedSince }: ObservedMailbox, entries: readonly Entry[], now: number): void {
  for (const { eventType: type, timestamp } of entries.flatMap(({ events }) => events)) {
    counted.inc({ type });
    if (watchedSince === undefined || timestamp < watchedSince) continue;
    eventLag.observe(Math.max(0, now - timestamp.getTime()) / 1000);
  }
}
