import type { Types } from 'mongoose';
import { EmailEvent, type IEmailEvent } from '../index.ts';
import { isIn } from './query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from './query-timeout.ts';

type Named = Pick<IEmailEvent, 'mailboxId' | 'messageId' | 'sender' | 'subject' | 'receivedAt'>;

/** What a list shows of a message. */
export type MessageSummary = Pick<Named, 'messageId' | 'sender' | 'subject' | 'receivedAt'>;

export interface MessageKey {
  readonly mailboxId: Types.ObjectId;
  readonly messageId: string;
}

/** Returns the summary of a message; undefined when its arrival is not recorded, or was longer ago than 90 days. */
export type MessageSummaries = (key: MessageKey) => MessageSummary | undefined;

/** Reads the summaries of messages of a user with one query. @throws AppError 503 too_much */
export async function readMessageSummaries(
  userId: string | Types.ObjectId,
  keys: readonly MessageKey[],
): Promise<MessageSummaries> {
  const rows = keys.length === 0 ? [] : await findArrivals(userId, keys);
  const byKey = new Map(rows.map((row) => [textOf(row), row]));
  return (key) => byKey.get(textOf(key));
}

/** The index of messages serves it, which begins with user and mailbox. */
function findArrivals(userId: string | Types.ObjectId, keys: readonly MessageKey[]): Promise<Named[]> {
  const filter = {
    userId,
    mailboxId: isIn(new Set(keys.map(({ mailboxId }) => mailboxId.toHexString()))),
    messageId: isIn(new Set(keys.map(({ messageId }) => messageId))),
    eventType: 'arrived',
  } as const;
  const query = EmailEvent.find(filter, 'mailboxId messageId sender subject receivedAt').maxTimeMS(queryTimeoutMs);
  return withQueryTimeout(query.lean<Named[]>().exec());
}

function textOf({ mailboxId, messageId }: MessageKey): string {
  return `${mailboxId.toHexString()} ${messageId}`;
}
