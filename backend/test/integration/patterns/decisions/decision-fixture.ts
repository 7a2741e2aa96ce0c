import type { Types } from 'mongoose';
import { AuditLog, type IMailbox, type IPattern, Pattern, Rule } from '../../../../src/models/index.ts';
import type { PatternKey } from '../../../../src/patterns/stored-pattern.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import type { Owner } from '../../../factories/owner.ts';
import { buildPattern } from '../../../factories/pattern.ts';

const folders = [
  { id: 'inbox-id', displayName: 'Inbox', kind: 'inbox' as const },
  { id: 'archive-id', displayName: 'Archive', kind: 'archive' as const },
  { id: 'reading-id', displayName: 'Reading' },
  { id: 'receipts-id', displayName: 'Receipts' },
];

/** A mailbox with folders. */
export async function ownerWithFolders(fields: Partial<IMailbox> = {}): Promise<Owner> {
  const { userId, _id: mailboxId } = await buildMailbox({ folders, ...fields });
  return { userId, mailboxId };
}

/** A suggestion to move the mail of news@example.com to Reading. */
export async function suggest(owner: Owner, fields: Partial<IPattern> = {}): Promise<PatternKey> {
  const { _id } = await buildPattern({
    ...owner,
    patternType: 'folder-routing',
    status: 'suggested',
    suggestedAt: new Date(),
    confidence: 91.5,
    sampleSize: 50,
    exceptionCount: 1,
    threshold: 75,
    condition: { senderEmail: 'news@example.com' },
    suggestedAction: { actionType: 'move', toFolder: 'reading-id' },
    ...fields,
  });
  return { userId: owner.userId.toString(), patternId: _id.toString() };
}

export function patternRow({ patternId }: PatternKey) {
  return Pattern.findById(patternId).lean().orFail();
}

/** The rules that a pattern has: never more than one. */
export function rulesOf({ patternId }: PatternKey) {
  return Rule.find({ sourcePatternId: patternId }).lean();
}

export interface AuditLine {
  readonly _id: Types.ObjectId;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the audit log says of a pattern, in the order it happened. */
export async function auditOf({ patternId }: PatternKey): Promise<AuditLine[]> {
  const rows = await AuditLog.find({ targetType: 'pattern', targetId: patternId }).sort({ createdAt: 1 }).lean();
  return rows.map(({ _id, action, details = {} }) => ({ _id, action, details }));
}
