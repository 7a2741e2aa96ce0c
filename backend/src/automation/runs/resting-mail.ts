import { EmailEvent, type IEmailEvent, type IMessageState, type IRule, MessageState } from '../../models/index.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import type { OwnedMailbox } from '../../rules/owned-mailbox.ts';
import { matches } from '../../rules/matcher.ts';
import { actsOnRead, delayMsOf, takesOldMail } from '../../rules/trigger.ts';
import { arrivedOf } from '../arrivals.ts';
import { effectOf } from '../effect.ts';
import { isEmpty, remaining } from '../message-properties.ts';
import { isWhitelisted, type Whitelist } from '../../rules/whitelist.ts';
import { readMoved, readTakenBack } from './owner-overrides.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** Mail is read in batches, so that a large folder is not held in memory. */
const batchSize = 1_000;
/** Of a larger folder only the newest messages are read. */
const maxScanned = 20_000;
const maxFound = 5_000;
/** Query timeout; longer than that of a list, since a whole folder is read. */
const timeoutMs = 20_000;

export interface RestingMessage {
  readonly messageId: string;
  readonly sender: string | undefined;
  readonly subject: string | undefined;
  readonly receivedAt: Date;
}

export interface RestingSearch {
  readonly mailbox: OwnedMailbox;
  readonly rule: Pick<IRule, 'conditions' | 'actions' | 'trigger'>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly whitelist: Whitelist;
}

type State = Pick<IMessageState, 'messageId' | 'isRead' | 'flag' | 'categories' | 'receivedAt' | 'automationOnRead'>;
type RestingArrival = Pick<
  IEmailEvent,
  'messageId' | 'sender' | 'subject' | 'subjectNormalized' | 'receivedAt' | 'timestamp' | 'toFolder' | 'metadata'
>;

/**
 * Returns the messages in the rule's folder (the one it names, else the inbox) that the rule would change, as its moment
 * has come, the newest first, at most 5,000. Leaves out mail of protected senders, mail that its owner has rescued, undone or moved, and
 * mail that arrived in another folder.
 */
export async function findRestingMatches(search: RestingSearch): Promise<RestingMessage[]> {
  const { mailbox, rule } = search;
  const inboxId = mailbox.folders.find(({ kind }) => kind === 'inbox')?.id;
  const folderId = rule.conditions?.fromFolder ?? inboxId;
  if (folderId === undefined) return [];
  const states = await readStates(mailbox, folderId);
  const found: RestingMessage[] = [];
  for (let start = 0; start < states.length && found.length < maxFound; start += batchSize) {
    const batch = states.slice(start, start + batchSize);
    found.push(...(await findMatches(batch, { ...search, folderId, isInbox: folderId === inboxId })));
  }
  return found.slice(0, maxFound);
}

function readStates({ _id: mailboxId, userId }: OwnedMailbox, folderId: string): Promise<State[]> {
  return MessageState.find(
    { mailboxId, folderId, userId },
    'messageId isRead flag categories receivedAt automationOnRead',
  )
    .sort({ receivedAt: -1, messageId: 1 })
    .limit(maxScanned)
    .batchSize(batchSize)
    .maxTimeMS(timeoutMs)
    .lean<State[]>()
    .exec();
}

interface BatchSearch extends RestingSearch {
  readonly folderId: string;
  readonly isInbox: boolean;
}

async function findMatches(states: readonly State[], search: BatchSearch): Promise<RestingMessage[]> {
  const owner: MailboxOwner = { userId: search.mailbox.userId, mailboxId: search.mailbox._id };
  const arrivals = await readArrivals(
    owner,
    states.map(({ messageId }) => messageId),
  );
  const candidates = states.flatMap((state) => {
    const arrival = arrivals.get(state.messageId);
    return arrival !== undefined && isAffected(state, arrival, search) ? [arrival] : [];
  });
  if (candidates.length === 0) return [];
  const ids = candidates.map(({ messageId }) => messageId);
  const [takenBack, moved] = await Promise.all([readTakenBack(owner, ids), readMoved(owner, ids)]);
  return candidates
    .filter(({ messageId }) => !takenBack.has(messageId) && !moved.has(messageId))
    .map(({ messageId, sender, subject, receivedAt, timestamp }) => ({
      messageId,
      sender: sender?.email,
      subject,
      receivedAt: receivedAt ?? timestamp,
    }));
}

async function readArrivals(
  owner: MailboxOwner,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, RestingArrival>> {
  const events = await EmailEvent.find(
    { ...owner, messageId: isIn(messageIds), eventType: 'arrived' },
    'messageId sender subject subjectNormalized receivedAt timestamp toFolder metadata',
  )
    .batchSize(batchSize)
    .maxTimeMS(timeoutMs)
    .lean<RestingArrival[]>();
  return new Map(events.map((event) => [event.messageId, event]));
}

/** Mail found by the first synchronization counts in the inbox only: how it came into another folder is unknown. */
function isAffected(
  state: State,
  arrival: RestingArrival,
  { rule, whitelist, mailbox, folderId, isInbox, now }: BatchSearch,
): boolean {
  const { sender, toFolder, metadata } = arrival;
  if (toFolder !== folderId || (metadata?.foundInPlace === true && !isInbox)) return false;
  if (metadata?.isMeeting === true) return false;
  if (sender?.email === undefined || isWhitelisted(whitelist, sender.email)) return false; // no sender, no rule
  const message = arrivedOf(arrival);
  if (message === undefined || !isMomentOver(state, rule, now)) return false;
  return matches(rule.conditions ?? {}, message) && wouldChange(state, { rule, mailbox, folderId });
}

/** Tests if the moment at which a rule acts on a message has come: it is read, or old enough and untouched. */
function isMomentOver(
  { isRead, flag, categories, receivedAt, automationOnRead }: State,
  rule: RestingSearch['rule'],
  now: number,
): boolean {
  if (actsOnRead(rule)) return isRead;
  const delayMs = delayMsOf(rule);
  if (delayMs === undefined) return true;
  const isOld = receivedAt !== undefined && receivedAt.getTime() + delayMs <= now;
  if (takesOldMail(rule)) return isOld && flag === 'notFlagged' && categories.length === 0;
  return isOld && !isRead && automationOnRead === undefined;
}

function wouldChange(
  { isRead, flag, categories }: State,
  { rule, mailbox, folderId }: Pick<BatchSearch, 'rule' | 'mailbox' | 'folderId'>,
): boolean {
  const archiveId = mailbox.folders.find(({ kind }) => kind === 'archive')?.id;
  const messageProperties = { folderId, isRead, flagStatus: flag, categories };
  const { change, stages } = effectOf(rule.actions, messageProperties, archiveId);
  return stages || !isEmpty(remaining(change, messageProperties));
}
