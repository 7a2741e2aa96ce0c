import { secondMs } from '../../lib/durations.ts';
import type { VoteEvent } from './votes.ts';

/**
 * Tells if a message was opened before its owner put it away. `unknown`: it was read when it was put away, and nothing
 * tells how long before.
 */
export type Opened = 'yes' | 'no' | 'unknown';

/** Who puts a message away within this time after it became read has not read it: the client marked it on selection. */
const glanceMs = 10 * secondMs;

interface SeenActs {
  readonly arrived: VoteEvent | undefined;
  /** The last act that put the message somewhere; undefined for one that was found where it is. */
  readonly placing: VoteEvent | undefined;
  /** The reading by the owner; undefined when none was seen. */
  readonly read: VoteEvent | undefined;
  /** The reading was part of a burst. */
  readonly isSwept: boolean;
}

/** Tells if a message that was put away had been opened before. */
export function openedFirst({ arrived, placing, read, isSwept }: SeenActs): Opened {
  if (placing === undefined) return arrived?.isRead === true ? 'unknown' : 'no';
  if (arrived?.isRead === true) return 'yes';
  if (read === undefined) return placing.isRead ? 'unknown' : 'no';
  if (isSwept) return 'no';
  if ((read.occurrences ?? 1) > 1) return 'yes';
  const openMs = placing.timestamp.getTime() - read.timestamp.getTime();
  if (openMs < 0) return 'no';
  // one look saw both: they share its time
  if (openMs === 0) return 'unknown';
  return openMs > glanceMs ? 'yes' : 'no';
}
