import { defined } from '../../lib/defined.ts';
import { after } from '../../models/store/query-operators.ts';
import type { Types } from 'mongoose';
import { AuditLog, type IAuditLog, type INotification, type IPattern, Pattern } from '../../models/index.ts';
import { bulkWrite, newRow } from '../../models/store/bulk-write.ts';
import type { StoredPattern } from '../stored-pattern.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';

const rowsAtOnce = 500;

interface RecordingScope {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  /** The address of the mailbox. */
  readonly email: string;
  /** Start of the last completed analysis; undefined before the first. */
  readonly since: Date | undefined;
}

export interface RecordedChanges {
  readonly detected: number;
  readonly suggested: number;
  readonly expired: number;
}

/**
 * Records the status changes of patterns since the last completed analysis: one entry of the audit log each, and one
 * notification if there are new suggestions. All of it is derived from the rows, ids included, so the changes of an
 * interrupted analysis are recorded later, and a repetition writes nothing.
 */
export async function recordChanges(recorded: RecordingScope): Promise<RecordedChanges> {
  const changed = await changedSince(recorded);
  const sinceMs = (recorded.since ?? new Date(0)).getTime();
  const isNew = (at: Date | undefined): at is Date => at !== undefined && at.getTime() > sinceMs;
  const entries = changed.flatMap((pattern) => {
    const { detectedAt, suggestedAt, expiredAt } = pattern;
    return [
      ...(isNew(detectedAt) ? [entryOf(pattern, 'detected', detectedAt)] : []),
      ...(isNew(suggestedAt) && !isOfOwner(pattern) ? [entryOf(pattern, 'suggested', suggestedAt)] : []),
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
    (pattern) => pattern.status === 'suggested' && isNew(pattern.suggestedAt) && !isOfOwner(pattern),
  );
  if (suggestions.length > 0) await notify(recorded, suggestions);
  const count = (action: IAuditLog['action']) => entries.filter((entry) => entry.action === action).length;
  return {
    detected: count('pattern_detected'),
    suggested: count('pattern_suggested'),
    expired: count('pattern_expired'),
  };
}

function changedSince({ userId, mailboxId, since = new Date(0) }: RecordingScope): Promise<StoredPattern[]> {
  const later = after(since);
  return Pattern.find(
    { userId, mailboxId, $or: [{ detectedAt: later }, { suggestedAt: later }, { expiredAt: later }] },
    '-evidence',
  )
    .lean<StoredPattern[]>()
    .exec();
}

/** The owner withdrew an approval, or took a rejection back; the decision has its own entry in the audit log. */
function isOfOwner({ approvedAt, reconsideredAt, suggestedAt }: StoredPattern): boolean {
  if (suggestedAt === undefined) return false;
  const isWithdrawal = approvedAt !== undefined && approvedAt <= suggestedAt;
  return isWithdrawal || reconsideredAt?.getTime() === suggestedAt.getTime();
}

const reasons = {
  detected: 'The owner repeats this action',
  suggested: 'The owner repeats this action with enough confidence for a suggestion',
  expired: 'Recent behavior no longer supports this pattern',
} as const;

function entryOf(pattern: StoredPattern, to: keyof typeof reasons, at: Date) {
  const { _id, userId, mailboxId, confidence, sampleSize, exceptionCount, threshold } = pattern;
  const numbers = defined<Partial<IPattern>>({ confidence, sampleSize, exceptionCount, threshold });
  return {
    _id: occasionId(at, ['analysis', _id.toString(), to]),
    userId,
    mailboxId,
    action: `pattern_${to}` as const,
    targetType: 'pattern' as const,
    targetId: _id.toString(),
    undoable: false,
    details: { by: 'analysis', to, at, why: reasons[to], numbers },
  };
}

async function notify(recorded: RecordingScope, suggestions: readonly StoredPattern[]): Promise<void> {
  const { userId, mailboxId, email, since } = recorded;
  const [first, ...others] = suggestions;
  const entity =
    first === undefined || others.length > 0 ? undefined : { entityType: 'pattern' as const, entityId: first._id };
  const title = suggestions.length === 1 ? '1 new suggestion' : `${suggestions.length} new suggestions`;
  await notifyOnce(occasionId(since ?? new Date(0), ['summary', mailboxId.toString()]), {
    userId,
    mailboxIds: [mailboxId],
    type: 'pattern_detected',
    title,
    message: `MSEDB found repeated actions in ${email}. Nothing happens until you approve a suggestion.`,
    ...defined<Pick<INotification, 'relatedEntity'>>({ relatedEntity: entity }),
  });
}
