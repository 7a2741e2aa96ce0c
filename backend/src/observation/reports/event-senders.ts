import type { PipelineStage } from 'mongoose';
import { groupBy } from '../../lib/group-by.ts';
import { EmailEvent, type IEmailEvent } from '../../models/index.ts';
import { readBlindness } from '../coverage/blind-windows.ts';
import { type MessageOutcome, outcomesBySender, type SenderField, type SenderOutcomes } from './event-outcomes.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';
import type { EventWindow } from './event-window.ts';
import { isAutomated } from './expressions.ts';
import { occurrencesIn } from './occurrences.ts';
import { readRestingPlaces } from './resting-places.ts';

const maxFolders = 5;

/** The outcomes that a place tells. */
type FoundOutcome = Extract<MessageOutcome, 'deleted' | 'moved' | 'read' | 'left'>;

/** An event type that an owner causes. */
type OwnerAction = Exclude<IEmailEvent['eventType'], 'arrived' | 'disappeared'>;

export interface SendersRequest {
  readonly by: 'address' | 'domain';
  readonly limit: number;
}

interface ActionCount {
  /** Number of messages that the owner did this to. */
  readonly messages: number;
  /** Median time from arrival to the action; null when it is unknown. */
  readonly medianSeconds: number | null;
}

/** The outcomes of one sender's mail. */
export interface SenderSummary {
  /** Address or domain; null for mail without a sender. */
  readonly sender: string | null;
  readonly messages: number;
  readonly arrived: number;
  readonly outcomes: Readonly<Record<MessageOutcome, number>>;
  /** Those of the outcomes that are told from the place alone in which the message was found. */
  readonly ofThemFoundInPlace: Readonly<Record<FoundOutcome, number>>;
  /** Those of the deleted messages that were unread when they were deleted. */
  readonly deletedUnread: number;
  /** The folders that received most of the moved messages. */
  readonly movedTo: readonly { readonly mailboxId: string; readonly folderId: string; readonly messages: number }[];
  readonly actions: Readonly<Record<OwnerAction, ActionCount>>;
  /** Number of events caused by our own actions. */
  readonly automated: number;
  /** Number of the owner's actions that are left out because they fall into a blind window. */
  readonly excludedBlind: number;
}

/** The number of events of one kind for a sender. */
interface EventCount {
  readonly _id: {
    readonly sender: string | null;
    readonly type: IEmailEvent['eventType'];
    readonly automated: boolean;
    readonly blind: boolean;
  };
  readonly events: number;
  readonly messages: number;
  readonly medianSeconds: number | null;
}

/**
 * Summarizes the senders with the most messages in a window.
 * @throws AppError 503 too_much
 */
export async function summarizeSenders(
  window: EventWindow,
  { by, limit }: SendersRequest,
): Promise<readonly SenderSummary[]> {
  const sender = by === 'address' ? '$sender.email' : '$sender.domain';
  const [isBlind, places] = await Promise.all([readBlindness(window), readRestingPlaces(window)]);
  const found = await aggregate<SenderOutcomes>(outcomesBySender(window, { sender, isBlind, places, limit }));
  const senders = found.map(({ _id }) => _id);
  const counts = found.length === 0 ? [] : await aggregate<EventCount>(countsOf(window, { sender, isBlind, senders }));
  return found.map((outcomes) =>
    summarize(
      outcomes,
      counts.filter(({ _id }) => _id.sender === outcomes._id),
    ),
  );
}

function aggregate<T>(stages: PipelineStage[]): Promise<T[]> {
  const query = EmailEvent.aggregate<T>(stages).option({ maxTimeMS: queryTimeoutMs, allowDiskUse: true });
  return withQueryTimeout(query.exec());
}

/** What mail programs do to invitations by themselves is not counted, but that they arrived. */
const tellsHabits = { $or: [{ eventType: 'arrived' }, { 'metadata.isMeeting': { $ne: true } }] };

/** Counts events by kind, and the messages that they happened to; the last one of a message tells its time. */
function countsOf(
  window: EventWindow,
  { sender, isBlind, senders }: { sender: SenderField; isBlind: object; senders: readonly (string | null)[] },
): PipelineStage[] {
  const kind = { sender: { $ifNull: [sender, null] }, type: '$eventType', automated: isAutomated, blind: isBlind };
  const latest = { $max: { at: '$timestamp', seconds: { $ifNull: ['$timeToAction', null] } } };
  const _id = { sender: '$_id.sender', type: '$_id.type', automated: '$_id.automated', blind: '$_id.blind' };
  const medianSeconds = { $median: { input: '$latest.seconds', method: 'approximate' as const } };
  return [
    ...occurrencesIn(window, { [sender.slice(1)]: { $in: senders }, ...tellsHabits }),
    {
      $group: {
        _id: { ...kind, mailboxId: '$mailboxId', messageId: '$messageId' },
        events: { $sum: 1 },
        latest,
      },
    },
    { $group: { _id, events: { $sum: '$events' }, messages: { $sum: 1 }, medianSeconds } },
  ];
}

function summarize({ _id: sender, messages, parts }: SenderOutcomes, counts: readonly EventCount[]): SenderSummary {
  const count = (isMeant: (id: EventCount['_id']) => boolean): number =>
    sum(counts.filter(({ _id }) => isMeant(_id)).map(({ events }) => events));
  return {
    sender,
    messages,
    arrived: count(({ type }) => type === 'arrived'),
    outcomes: countOutcomes(parts),
    ofThemFoundInPlace: countFound(parts),
    deletedUnread: sum(parts.filter(({ outcome, unread }) => outcome === 'deleted' && unread).map(messagesOf)),
    movedTo: topFolders(parts),
    actions: countActions(counts),
    automated: count(({ automated }) => automated),
    excludedBlind: count(({ type, automated, blind }) => type !== 'arrived' && !automated && blind),
  };
}

function countOutcomes(parts: SenderOutcomes['parts']): Record<MessageOutcome, number> {
  const counts = {
    deleted: 0,
    disappeared: 0,
    moved: 0,
    flagged: 0,
    categorized: 0,
    read: 0,
    automated: 0,
    left: 0,
    unknown: 0,
  };
  for (const { outcome, messages } of parts) counts[outcome] += messages;
  return counts;
}

function countFound(parts: SenderOutcomes['parts']): Record<FoundOutcome, number> {
  const { deleted, moved, read, left } = countOutcomes(parts.filter(({ found }) => found));
  return { deleted, moved, read, left };
}

function messagesOf({ messages }: SenderOutcomes['parts'][number]): number {
  return messages;
}

function topFolders(parts: SenderOutcomes['parts']): SenderSummary['movedTo'] {
  const moved = parts.flatMap(({ outcome, mailboxId, folderId, messages }) =>
    outcome !== 'moved' || folderId === null ? [] : [{ mailboxId, folderId, messages }],
  );
  const folders = groupBy(moved, ({ mailboxId, folderId }) => `${mailboxId} ${folderId}`);
  return [...folders.values()]
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, messages: first.messages + sum(others.map(({ messages }) => messages)) }],
    )
    .toSorted((a, b) => b.messages - a.messages || a.folderId.localeCompare(b.folderId))
    .slice(0, maxFolders);
}

function countActions(counts: readonly EventCount[]): Record<OwnerAction, ActionCount> {
  const of = (action: OwnerAction): ActionCount => {
    const seen = counts.find(({ _id }) => _id.type === action && !_id.automated && !_id.blind);
    return { messages: seen?.messages ?? 0, medianSeconds: seen?.medianSeconds ?? null };
  };
  return {
    read: of('read'),
    deleted: of('deleted'),
    moved: of('moved'),
    flagged: of('flagged'),
    categorized: of('categorized'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
