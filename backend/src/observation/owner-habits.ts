import type { GraphClient } from '../graph/client.ts';
import { AccessDeniedError, ItemNotFoundError, ThrottledError } from '../graph/errors.ts';
import { listInboxRules, type MessageRule } from '../graph/message-rules.ts';
import { items } from '../graph/paging.ts';
import type { SendOptions } from '../graph/request.ts';
import { listSentMail } from '../graph/sent-mail.ts';
import { canonicalAddress } from '../lib/canonical-address.ts';
import type { HabitsReading } from '../models/fields/owner-habits.ts';

/** Sent messages that are read at most. */
const maxMessages = 1_000;
const pageSize = 250;
/** The job ends and is postponed when Graph asks for a longer pause. */
const maxWaitMs = 10_000;

interface HabitsRequest {
  readonly since: Date;
  /** False to leave out the rules in Outlook, because the permission to read them was not granted. */
  readonly mayReadInboxRules: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads whom the owner has written to since a time, from at most their newest thousand sent messages, and the rules
 * that they have set in Outlook. Without the permission to read mailbox settings, the list of rules is empty.
 * @throws GraphError; what getToken throws; the signal's reason when it is aborted
 */
export async function readOwnerHabits(
  client: GraphClient,
  { since, mayReadInboxRules, signal }: HabitsRequest,
): Promise<HabitsReading> {
  const options = { signal, maxWaitMs };
  try {
    const correspondents = await readCorrespondents(client, since, options);
    const inboxRules = mayReadInboxRules ? await readInboxRules(client, options) : [];
    return { outcome: 'read', habits: { correspondents, inboxRules } };
  } catch (error) {
    if (error instanceof ThrottledError) return { outcome: 'throttled', retryAfterMs: error.retryAfterMs };
    throw error;
  }
}

async function readCorrespondents(client: GraphClient, since: Date, options: SendOptions): Promise<Set<string>> {
  const addresses = new Set<string>();
  let messages = 0;
  try {
    for await (const { sentDateTime, toRecipients, ccRecipients } of items(client, listSentMail(pageSize), options)) {
      messages += 1;
      if (messages > maxMessages || isBefore(sentDateTime, client.graphClock.toGraphTime(since.getTime()))) break;
      for (const { emailAddress } of [...(toRecipients ?? []), ...(ccRecipients ?? [])]) {
        const address = canonicalAddress(emailAddress?.address ?? '');
        if (address !== '') addresses.add(address);
      }
    }
  } catch (error) {
    if (!(error instanceof ItemNotFoundError)) throw error; // a mailbox may have no Sent Items
  }
  return addresses;
}

function isBefore(date: Date | null | undefined, time: number): boolean {
  return date !== undefined && date !== null && date.getTime() < time;
}

async function readInboxRules(client: GraphClient, options: SendOptions): Promise<MessageRule[]> {
  const rules: MessageRule[] = [];
  try {
    for await (const rule of items(client, listInboxRules(), options)) rules.push(rule);
  } catch (error) {
    if (!(error instanceof AccessDeniedError || error instanceof ItemNotFoundError)) throw error;
    return [];
  }
  return rules;
}
