import { dayMs } from '../../lib/durations.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';

const fullEveryMs = 7 * dayMs;
/** Mail votes from its second day on, and a snapshot may come a day late without a blind window. */
const lateMs = 2 * dayMs;

/** The events that an analysis reads. */
export type Scope =
  | { readonly kind: 'whole' }
  /** All mail of the domains with new events; the others keep their patterns. */
  | { readonly kind: 'changed'; readonly since: Date };

/**
 * Decides what an analysis reads. A domain without new events has the same votes as before, a little older. Changes by time
 * alone (votes weigh less, and mail leaves the window) and late events wait for the next analysis of the whole mailbox, at most a week. The whole mailbox is read at once when
 * anything else that votes depend on has changed.
 */
export function scopeOf({ row, now }: AnalyzedMailbox, basis: string, isAsked: boolean): Scope {
  const { lastAnalyzedAt, analysis, syncProgress } = row;
  if (isAsked || lastAnalyzedAt === undefined || analysis?.levels === undefined) return { kind: 'whole' };
  if (analysis.basis !== basis) return { kind: 'whole' };
  if (now.getTime() - analysis.fullAt.getTime() >= fullEveryMs) return { kind: 'whole' };
  const isReadingFolders = syncProgress !== undefined && syncProgress.finishedAt === undefined;
  const hasReadFolders = syncProgress?.finishedAt !== undefined && syncProgress.finishedAt > lastAnalyzedAt;
  if (isReadingFolders || hasReadFolders) return { kind: 'whole' };
  return { kind: 'changed', since: new Date(lastAnalyzedAt.getTime() - lateMs) };
}
