import { climb, type Ladder, type Levels, pooled } from '../ladder/ladder.ts';
import type { UnitCounts } from '../ladder/grid.ts';
import { priors } from '../ladder/prior.ts';
import { followedKey, type SuggestedAction, type SuggestedType } from './outcome.ts';
import { strongestOf, type Tally } from './tally.ts';

/** The levels above the senders of a whole mailbox, by action. */
export type MailboxLevels = Readonly<Record<string, readonly Levels[]>>;

/** Mail that tends to be treated alike. `other`: of people, or not known. */
export type MailClass = 'newsletter' | 'automated' | 'other';

/** The mail of one sender, as the ladder sees it. */
export interface SenderUnit {
  readonly domain: string;
  readonly mailClass: MailClass;
  readonly tally: Tally;
}

/** A ladder for each action. */
export type Ladders = Readonly<Record<SuggestedType, Ladder>>;

/** @param known the levels of the whole mailbox when only some domains are given */
export function climbAll(senders: readonly SenderUnit[], known: MailboxLevels | undefined): Ladders {
  const ladderOf = (actionType: SuggestedType): Ladder => {
    const units = senders.map(({ domain, mailClass, tally }) => {
      const action = strongestOf(tally, actionType);
      const followed = action === undefined ? 0 : countsOf(tally, action).followed;
      return { counts: { followed, seen: tally.weight }, mailClass, domain };
    });
    return climb(units, priors[actionType], known?.[actionType]);
  };
  return {
    delete: ladderOf('delete'),
    move: ladderOf('move'),
    archive: ladderOf('archive'),
    markRead: ladderOf('markRead'),
  };
}

/** Returns the levels of all ladders. */
export function levelsOf({ delete: remove, move, archive, markRead }: Ladders): MailboxLevels {
  return { delete: remove.levels, move: move.levels, archive: archive.levels, markRead: markRead.levels };
}

/** Counts the messages of a tally, by weight; those that were, or may have been, opened first do not follow. */
export function countsOf(tally: Tally, action: SuggestedAction): UnitCounts {
  const outcome = tally.outcomes.get(followedKey(action));
  const followed = outcome === undefined ? 0 : outcome.weight - outcome.openedWeight;
  return { followed: Math.min(tally.weight, Math.max(0, followed)), seen: tally.weight };
}

/** Counts the messages of several senders, so that a busy one does not speak for all. */
export function pooledCounts(senders: readonly SenderUnit[], action: SuggestedAction): UnitCounts {
  return pooled(senders.map(({ tally }) => countsOf(tally, action)));
}
