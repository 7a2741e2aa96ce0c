import type { PipelineStage } from 'mongoose';
import type { EventWindow } from './event-window.ts';
import { choose, isAutomated } from './expressions.ts';
import { occurrencesIn } from './occurrences.ts';
import type { RestingPlace, RestingPlaces } from './resting-places.ts';

// Words: docs/GLOSSARY.md, "Observation". The folder that its owner moved a
// message to decides first (the last one, if there are several), then how they marked it. Our own actions decide where
// the owner did nothing. Mail found in place counts as where it rests, as it does in the votes of detection.

/**
 * The outcome of a message. `left`: it arrived, and nothing else happened. `unknown`: it fell into a blind window, was
 * found where nothing can be told from, or is an invitation to a meeting, which mail programs put away by themselves.
 */
export type MessageOutcome =
  | 'deleted'
  | 'disappeared'
  | 'moved'
  | 'flagged'
  | 'categorized'
  | 'read'
  | 'automated'
  | 'left'
  | 'unknown';

/** The field that identifies a sender. */
export type SenderField = '$sender.email' | '$sender.domain';

interface OutcomePart {
  readonly outcome: MessageOutcome;
  readonly mailboxId: string;
  /** The folder that the decisive event moved the messages to; null when it was no move. */
  readonly folderId: string | null;
  /** Found in place: no action of the owner was seen. */
  readonly found: boolean;
  /** Deleted while it was unread. */
  readonly unread: boolean;
  readonly messages: number;
}

/** The messages of one sender, by outcome. */
export interface SenderOutcomes {
  /** Null for messages without a sender. */
  readonly _id: string | null;
  readonly messages: number;
  readonly parts: readonly OutcomePart[];
}

/** The event with the greatest weight decides; among equals, the last one. */
const weights = { left: 0, automated: 1, placed: 5 };

function weightOf(type: object): object {
  return choose(
    [
      [{ $in: [type, ['arrived', 'unknown']] }, weights.left],
      [isAutomated, weights.automated],
      // mail that was found read in the inbox has not been read by an action that was seen
      [{ $and: [{ $eq: [type, 'read'] }, isFound] }, weights.left],
      [{ $eq: [type, 'read'] }, 2],
      [{ $eq: [type, 'categorized'] }, 3],
      [{ $eq: [type, 'flagged'] }, 4],
    ],
    weights.placed,
  );
}

const isFound = { $and: [{ $eq: ['$eventType', 'arrived'] }, { $eq: ['$metadata.foundInPlace', true] }] };

/** The expression for a folder that was of these kinds when the event happened; older rows do not tell, but by its id. */
function rests({ kinds, folderIds }: RestingPlace): object {
  const kind = { $ifNull: ['$toFolderKind', null] };
  return { $cond: [{ $eq: [kind, null] }, { $in: ['$toFolder', folderIds] }, { $in: [kind, kinds] }] };
}

/** The expression for the type of an event; of mail found in place, for what its folder says about its treatment. */
function typeGiven({ inbox, deleted, silent }: RestingPlaces): object {
  return choose(
    [
      [{ $eq: ['$metadata.isMeeting', true] }, 'unknown'],
      [{ $not: [isFound] }, '$eventType'],
      [{ $or: [{ $eq: [{ $ifNull: ['$toFolder', null] }, null] }, rests(silent)] }, 'unknown'],
      [rests(deleted), 'deleted'],
      [rests(inbox), { $cond: ['$isRead', 'read', 'arrived'] }],
    ],
    'moved',
  );
}

/** The expression for an event whose maximum over the events of a message is the decisive one. */
function weighed(isBlind: object, places: RestingPlaces): object {
  const type = typeGiven(places);
  const order = { weight: weightOf(type), at: '$timestamp' };
  return { ...order, type, isBlind, folderId: '$toFolder', found: isFound, isRead: '$isRead' };
}

/** The aggregation expression for the outcome, given the decisive event. */
const outcome = choose(
  [
    [{ $eq: ['$decisive.weight', weights.automated] }, 'automated'],
    [{ $eq: ['$decisive.isBlind', true] }, 'unknown'],
    [{ $eq: ['$decisive.type', 'arrived'] }, 'left'],
  ],
  '$decisive.type',
);
const isMove = { $eq: ['$decisive.type', 'moved'] };
const isDeletedUnread = { $and: [{ $eq: ['$decisive.type', 'deleted'] }, { $not: ['$decisive.isRead'] }] };

/**
 * Counts the messages of each sender by outcome, senders with the most messages first. The store needs a few hundred
 * bytes of memory per message of the window. The expressions are in $group itself, because DocumentDB evaluates those of
 * a preceding $project once per use.
 * @param isBlind expression that is true for events that do not count
 * @param places the folders that tell how mail found in place was treated
 */
export function outcomesBySender(
  window: EventWindow,
  { sender, isBlind, places, limit }: { sender: SenderField; isBlind: object; places: RestingPlaces; limit: number },
): PipelineStage[] {
  return [
    ...occurrencesIn(window),
    {
      $group: {
        // a compound id has null for a missing field in one store, and lacks it in the other
        _id: { mailboxId: '$mailboxId', messageId: '$messageId', sender: { $ifNull: [sender, null] } },
        decisive: { $max: weighed(isBlind, places) },
      },
    },
    {
      $group: {
        _id: {
          sender: '$_id.sender',
          mailboxId: { $toString: '$_id.mailboxId' },
          outcome,
          folderId: { $cond: [isMove, { $ifNull: ['$decisive.folderId', null] }, null] },
          found: '$decisive.found',
          unread: isDeletedUnread,
        },
        messages: { $sum: 1 },
      },
    },
    {
      $group: {
        _id: '$_id.sender',
        messages: { $sum: '$messages' },
        parts: {
          $push: {
            outcome: '$_id.outcome',
            mailboxId: '$_id.mailboxId',
            folderId: '$_id.folderId',
            found: '$_id.found',
            unread: '$_id.unread',
            messages: '$messages',
          },
        },
      },
    },
    { $sort: { messages: -1, _id: 1 } },
    { $limit: limit },
  ];
}
