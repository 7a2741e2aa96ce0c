import mongoose, { type Types } from 'mongoose';
import { EmailEvent, type IEmailEvent, type IMessageState, type IRule, MessageState } from '../../models/index.ts';
import type { OwnedMailbox } from '../../rules/owned-mailbox.ts';
import { matches } from '../../rules/matcher.ts';
import { effectOf } from '../effect.ts';
import { isEmpty, remaining } from '../message-properties.ts';
import { readTakenBack } from './taken-back.ts';
import { isWhitelisted, type Whitelist } from '../../rules/whitelist.ts';
import { readPlaced } from './placed-mail.ts';

/** Mail is looked at in pieces, so that a large folder does not have to be held. */
const atOnce = 1_000;
/** Of a folder that holds more, only the newest are looked at. */
const maxLooked = 20_000;
const maxFound = 5_000;
/** Longer than a list may take: it reads a whole folder. */
const limitMs = 20_000;

export interface RestingMessage {
  readonly messageId: string;
  readonly sender: string | undefined;
  readonly subject: string | undefined;
  readonly receivedAt: Date;
}

export interface RestingSearch {
  readonly mailbox: OwnedMailbox;
  readonly rule: Pick<IRule, 'conditions' | 'actions'>;
  readonly whitelist: Whitelist;
}

type State = Pick<IMessageState, 'messageId' | 'isRead' | 'flag' | 'categories'>;
type Arrival = Pick<
  IEmailEvent,
  'messageId' | 'sender' | 'subject' | 'subjectNormalized' | 'receivedAt' | 'timestamp' | 'toFolder' | 'metadata'
>;

/**
 * The messages that rest now where a rule looks (in the folder it names, else in the inbox) and that it would change,
 * the newest first, at most 5,000. Left out is what rules leave alone: mail of protected senders, what its owner has
 * taken back from a rule, and what did not arrive where it rests.
 */
export async function findRestingMatches(search: RestingSearch): Promise<RestingMessage[]> {
  const { mailbox, rule } = search;
  const inboxId = mailbox.folders.find(({ kind }) => kind === 'inbox')?.id;
  const folderId = rule.conditions?.fromFolder ?? inboxId;
  if (folderId === undefined) return [];
  const states = await readStates(mailbox, folderId);
  const found: RestingMessage[] = [];
  for (let start = 0; start < states.length && found.length < maxFound; start += atOnce) {
    const piece = states.slice(start, start + atOnce);
    found.push(...(await matchesAmong(piece, { ...search, folderId, isInbox: folderId === inboxId })));
  }
  return found.slice(0, maxFound);
}

function readStates({ _id: mailboxId, userId }: OwnedMailbox, folderId: string): Promise<State[]> {
  return MessageState.find({ mailboxId, folderId, userId }, 'messageId isRead flag categories')
    .sort({ receivedAt: -1, messageId: 1 })
    .limit(maxLooked)
    .batchSize(atOnce)
    .maxTimeMS(limitMs)
    .lean<State[]>()
    .exec();
}

interface PieceSearch extends RestingSearch {
  readonly folderId: string;
  readonly isInbox: boolean;
}

async function matchesAmong(states: readonly State[], search: PieceSearch): Promise<RestingMessage[]> {
  const owner = { userId: search.mailbox.userId, mailboxId: search.mailbox._id };
  const arrivals = await readArrivals(
    owner,
    states.map(({ messageId }) => messageId),
  );
  const candidates = states.flatMap((state) => {
    const arrival = arrivals.get(state.messageId);
    return arrival !== undefined && isMeant(state, arrival, search) ? [arrival] : [];
  });
  if (candidates.length === 0) return [];
  const ids = candidates.map(({ messageId }) => messageId);
  const [takenBack, placed] = await Promise.all([readTakenBack(owner.mailboxId, ids), readPlaced(owner, ids)]);
  return candidates
    .filter(({ messageId }) => !takenBack.has(messageId) && !placed.has(messageId))
    .map(({ messageId, sender, subject, receivedAt, timestamp }) => ({
      messageId,
      sender: sender?.email,
      subject,
      receivedAt: receivedAt ?? timestamp,
    }));
}

async function readArrivals(
  owner: { readonly userId: Types.ObjectId; readonly mailboxId: Types.ObjectId },
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, Arrival>> {
  const events = await EmailEvent.find(
    { ...owner, messageId: mongoose.trusted({ $in: [...messageIds] }), eventType: 'arrived' },
    'messageId sender subject subjectNormalized receivedAt timestamp toFolder metadata',
  )
    .batchSize(atOnce)
    .maxTimeMS(limitMs)
    .lean<Arrival[]>();
  return new Map(events.map((event) => [event.messageId, event]));
}

/** How mail that was found in place came into a folder other than the inbox is not known. */
function isMeant(
  state: State,
  arrival: Arrival,
  { rule, whitelist, mailbox, folderId, isInbox }: PieceSearch,
): boolean {
  const { sender, subject, subjectNormalized, toFolder, metadata } = arrival;
  if (toFolder !== folderId || (metadata?.foundInPlace === true && !isInbox)) return false;
  if (isWhitelisted(whitelist, sender?.email)) return false;
  const message = {
    sender: sender?.email,
    domain: sender?.domain,
    subject,
    subjectNormalized,
    fromFolder: toFolder,
    isNewsletter: metadata?.isNewsletter ?? false,
  };
  return matches(rule.conditions ?? {}, message) && wouldChange(state, { rule, mailbox, folderId });
}

function wouldChange(
  { isRead, flag, categories }: State,
  { rule, mailbox, folderId }: Pick<PieceSearch, 'rule' | 'mailbox' | 'folderId'>,
): boolean {
  const archiveId = mailbox.folders.find(({ kind }) => kind === 'archive')?.id;
  const messageProperties = { folderId, isRead, flagStatus: flag, categories };
  const { change, stages } = effectOf(rule.actions, messageProperties, archiveId);
  return stages || !isEmpty(remaining(change, messageProperties));
}
