import type { Types } from 'mongoose';
import { AuditLog } from '../AuditLog.ts';
import { EmailEvent, eventTypes } from '../EmailEvent.ts';
import type { MailboxOwner } from '../fields/mailbox-owner.ts';
import { type IMessageState, MessageState } from '../MessageState.ts';
import { Pattern } from '../Pattern.ts';
import { RuleRun } from '../RuleRun.ts';
import { openStagingStatuses, StagedEmail } from '../StagedEmail.ts';
import { bulkWrite, updateTo } from './bulk-write.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { isIn, missing } from './query-operators.ts';

// Graph's immutable ids change all the same: in the Online Archive, on export and import, sometimes in shared mailboxes
// and when a draft is sent. The message is still the same, and everything that is known about it follows.

type RenamedState = Pick<IMessageState, 'messageId' | 'version'> & { readonly _id: Types.ObjectId };

/**
 * `renamed`: the message has the new id, now or already; `taken`: the new id is that of another message; `changed`:
 * another writer has changed the state, or its last events are not recorded yet.
 */
type Renaming = 'renamed' | 'taken' | 'changed';

/**
 * Gives a message another id, and then all rows about it. The state goes first, with its former id in the outbox, under
 * optimistic concurrency: after a crash the next reader of the state makes the other rows follow.
 * @param state as it was read
 */
export async function renameMessage(owner: MailboxOwner, state: RenamedState, to: string): Promise<Renaming> {
  const { _id, messageId: from, version } = state;
  try {
    const { matchedCount } = await MessageState.updateOne(
      { _id, messageId: from, version, pending: missing() },
      { $set: { messageId: to, version: version + 1, pending: { formerId: from } }, $push: { formerIds: from } },
    );
    if (matchedCount === 0) return (await MessageState.exists({ _id, messageId: to })) === null ? 'changed' : 'renamed';
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return 'taken';
  }
  await followChangedId(owner, from, to);
  await MessageState.updateOne({ _id, version: version + 1 }, { $unset: { pending: 1 } });
  return 'renamed';
}

/** Returns the former id that a state holds in its outbox: rows about the message may still have it. */
export function pendingFormerId({ pending }: Pick<IMessageState, 'pending'>): string | undefined {
  const formerId: unknown = pending?.['formerId'];
  return typeof formerId === 'string' ? formerId : undefined;
}

/** Finds the message that had this id before. */
export async function findByFormerId(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  formerId: string,
): Promise<string | undefined> {
  const state = await MessageState.findOne({ mailboxId, formerIds: formerId }, 'messageId').lean();
  return state?.messageId;
}

/** Gives the new id to all rows about a message beside its state: history, actions, staging, runs and evidence. Idempotent. */
export async function followChangedId({ userId, mailboxId }: MailboxOwner, from: string, to: string): Promise<void> {
  const update = updateTo({ messageId: to });
  const rowOf = (eventType: string) => ({ userId, mailboxId, messageId: from, eventType });
  // one row a type: one that exists under the new id stays
  const operations = eventTypes.map((type) => ({ updateOne: { filter: rowOf(type), update } }));
  await bulkWrite(EmailEvent.collection, operations);
  await AuditLog.updateMany({ targetType: 'email', targetId: from, mailboxId }, { $set: { targetId: to } });
  await followStaged(mailboxId, from, to);
  await RuleRun.updateMany({ userId, mailboxId, messageIds: from }, { $set: { 'messageIds.$': to } });
  const isEvidence = { 'evidence.messageId': from };
  await Pattern.updateMany({ userId, mailboxId, ...isEvidence }, { $set: { 'evidence.$.messageId': to } });
}

/** A message has one open row: the one with its whole story stays, and what was found under the new id ends. */
async function followStaged(mailboxId: Types.ObjectId, from: string, to: string): Promise<void> {
  const status = isIn(openStagingStatuses);
  if ((await StagedEmail.exists({ mailboxId, messageId: from, status })) !== null) {
    await StagedEmail.updateMany({ mailboxId, messageId: to, status }, { $set: { status: 'expired' } });
  }
  await StagedEmail.updateMany({ mailboxId, messageId: from }, { $set: { messageId: to } });
}
