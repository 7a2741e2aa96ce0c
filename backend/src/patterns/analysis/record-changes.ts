import mongoose, { type Types } from 'mongoose';
import { AuditLog, type IAuditLog, Pattern } from '../../models/index.ts';
import { bulkWrite, newRow } from '../../models/store/bulk-write.ts';
import type { StoredPattern } from '../stored-pattern.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';

const rowsAtOnce = 500;

interface Recorded {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  /** Address of the mailbox. */
  readonly email: string;
  /** When the last analysis that came to its end began; undefined before the first. */
  readonly since: Date | undefined;
}

export interface RecordedChanges {
  readonly detected: number;
  readonly suggested: number;
  readonly expired: number;
}

/**
 * Writes down what analyses have done to patterns since the last one that came to its end: an entry of the audit log for
 * each change of state, and one notification if there are new suggestions. The rows tell what was done, and the ids of
 * what is written come from them: an analysis that was cut short is made up for, and a repetition writes nothing.
 */
export async function recordChanges(recorded: Recorded): Promise<RecordedChanges> {
  const changed = await changedSince(recorded);
  const after = (recorded.since ?? new Date(0)).getTime();
  const isNew = (at: Date | undefined): at is Date => at !== undefined && at.getTime() > after;
  const entries = changed.flatMap((pattern) => {
    const { detectedAt, suggestedAt, expiredAt } = pattern;
    return [
      ...(isNew(detectedAt) ? [entryOf(pattern, 'detected', detectedAt)] : []),
      ...(isNew(suggestedAt) && !isWithdrawal(pattern) ? [entryOf(pattern, 'suggested', suggestedAt)] : []),
      ...(isNew(expiredAt) ? [entryOf(pattern, 'expired', expiredAt)] : []),
    ];
  });
  for (let start = 0; start < entries.length; start += rowsAtOnce) {
    const batch = entries.slice(start, start + rowsAtOnce);
    await bulkWrite(
      AuditLog.collection,
      batch.map((entry) => ({ insertOne: { document: newRow(entry) } })),
    );
  }
  const suggestions = changed.filter(
    (pattern) => pattern.status === 'suggested' && isNew(pattern.suggestedAt) && !isWithdrawal(pattern),
  );
  if (suggestions.length > 0) await notify(recorded, suggestions);
  const count = (action: IAuditLog['action']) => entries.filter((entry) => entry.action === action).length;
  return {
    detected: count('pattern_detected'),
    suggested: count('pattern_suggested'),
    expired: count('pattern_expired'),
  };
}

function changedSince({ userId, mailboxId, since = new Date(0) }: Recorded): Promise<StoredPattern[]> {
  const later = mongoose.trusted({ $gt: since });
  return Pattern.find(
    { userId, mailboxId, $or: [{ detectedAt: later }, { suggestedAt: later }, { expiredAt: later }] },
    '-evidence',
  )
    .lean<StoredPattern[]>()
    .exec();
}

/** The owner took an approval back, which `decisions` has audited. */
function isWithdrawal({ approvedAt, suggestedAt }: StoredPattern): boolean {
  return approvedAt !== undefined && suggestedAt !== undefined && approvedAt <= suggestedAt;
}

const reasons = {
  detected: 'What the owner does repeats itself',
  suggested: 'What the owner does repeats itself surely enough to be suggested',
  expired: 'What the owner does does not bear it out any more',
} as const;

function entryOf(pattern: StoredPattern, to: keyof typeof reasons, at: Date) {
  const { _id, userId, mailboxId, confidence, sampleSize, exceptionCount, threshold } = pattern;
  const numbers = { confidence, sampleSize, exceptionCount, ...(threshold === undefined ? {} : { threshold }) };
  return {
    _id: deterministicId(at, ['analysis', _id.toString(), to, String(at.getTime())]),
    userId,
    mailboxId,
    action: `pattern_${to}` as const,
    targetType: 'pattern' as const,
    targetId: _id.toString(),
    undoable: false,
    details: { by: 'analysis', to, at, why: reasons[to], numbers },
  };
}

async function notify(recorded: Recorded, suggestions: readonly StoredPattern[]): Promise<void> {
  const { userId, mailboxId, email, since } = recorded;
  const [first] = suggestions;
  const what = suggestions.length === 1 ? '1 new suggestion' : `${suggestions.length} new suggestions`;
  await notifyOnce(deterministicId(since ?? new Date(0), ['summary', mailboxId.toString(), String(since?.getTime())]), {
    userId,
    mailboxIds: [mailboxId],
    type: 'pattern_detected',
    title: what,
    message: `What you do with mail in ${email} repeats itself. Nothing happens before you approve it.`,
    ...(suggestions.length === 1 && first !== undefined
      ? { relatedEntity: { entityType: 'pattern', entityId: first._id } }
      : {}),
  });
}
