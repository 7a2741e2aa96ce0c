import type { Types } from 'mongoose';
import { EmailEvent, MessageState } from '../../../../src/models/index.ts';
import type { ObservedMailbox } from '../../../../src/observation/changes/observation.ts';

const ofTheRun = new Set(['_id', '__v', 'userId', 'mailboxId', 'createdAt', 'updatedAt']);

/** What is known and recorded of one message, without what differs from run to run. */
export interface Account {
  state: Record<string, unknown> | undefined;
  readonly events: Record<string, unknown>[];
}

/** What is known and recorded of the messages of a mailbox, by their ids. */
export async function ledgerOf({ mailboxId }: Pick<ObservedMailbox, 'mailboxId'>): Promise<Map<string, Account>> {
  const ledger = new Map<string, Account>();
  const accountOf = (messageId: string): Account => {
    const account = ledger.get(messageId) ?? { state: undefined, events: [] };
    ledger.set(messageId, account);
    return account;
  };
  for (const row of await MessageState.find({ mailboxId }).sort({ messageId: 1 }).lean()) {
    accountOf(row.messageId).state = lasting(row);
  }
  for (const row of await EmailEvent.find({ mailboxId }).sort({ messageId: 1, eventType: 1 }).lean()) {
    accountOf(row.messageId).events.push(lasting(row));
  }
  return ledger;
}

/** Copies all that is known and recorded of a mailbox to another one. */
export async function copyLedger(from: Types.ObjectId, to: Types.ObjectId): Promise<void> {
  for (const { collection } of [MessageState, EmailEvent]) {
    const rows = await collection.find({ mailboxId: from }).toArray();
    const copies = rows.map(({ _id, ...row }) => ({ ...row, mailboxId: to }));
    if (copies.length > 0) await collection.insertMany(copies);
  }
}

function lasting(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !ofTheRun.has(name)));
}
