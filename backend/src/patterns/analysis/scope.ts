import type { AnalyzedMailbox } from './analyzed-mailbox.ts';

const dayMs = 24 * 60 * 60_000;
const fullEveryMs = 7 * dayMs;
/** Mail votes from its second day on, and a look may be a day late where nothing says that the mailbox was blind. */
const lateMs = 2 * dayMs;

/** Which events an analysis reads. */
export type Scope =
  | { readonly kind: 'whole' }
  /** All mail of the domains from which there is something new; the others keep their patterns as they are. */
  | { readonly kind: 'changed'; readonly since: Date };

/**
 * What an analysis has to read. A domain without new events has the same votes as before, and all of them have aged
 * alike, which changes neither share nor effective number (`measure`). What does change with time alone (mail leaves
 * the window), and what came in late, waits for the next reading of the whole, a week later at most. The whole is read
 * at once when anything else that votes depend on is not what it was.
 */
export function scopeOf({ row, now }: AnalyzedMailbox, basis: string, isAsked: boolean): Scope {
  const { lastAnalyzedAt, analysis, syncProgress } = row;
  if (isAsked || lastAnalyzedAt === undefined || analysis === undefined) return { kind: 'whole' };
  if (analysis.basis !== basis) return { kind: 'whole' };
  if (now.getTime() - analysis.fullAt.getTime() >= fullEveryMs) return { kind: 'whole' };
  const isReadingFolders = syncProgress !== undefined && syncProgress.finishedAt === undefined;
  const hasReadFolders = syncProgress?.finishedAt !== undefined && syncProgress.finishedAt > lastAnalyzedAt;
  if (isReadingFolders || hasReadFolders) return { kind: 'whole' };
  return { kind: 'changed', since: new Date(lastAnalyzedAt.getTime() - lateMs) };
}
