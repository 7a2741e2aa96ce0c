import type { PipelineStage } from 'mongoose';
import type { IEmailEvent } from '../../models/index.ts';
import { type EventWindow, matchWindow } from './event-window.ts';
import { choose, isAutomated } from './expressions.ts';

// Words: docs/GLOSSARY.md, "Observation". The folder that its owner moved a
// message to decides first (the last one, if there are several), then how they marked it. Our own actions decide where
// the owner did nothing.

/** The outcome of a message. `left`: it arrived, and nothing else happened. `unknown`: it fell into a blind window. */
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
const weight = choose(
  [
    [isType('arrived'), weights.left],
    [isAutomated, weights.automated],
    [isType('read'), 2],
    [isType('categorized'), 3],
    [isType('flagged'), 4],
  ],
  weights.placed,
);

function isType(type: IEmailEvent['eventType']): object {
  return { $eq: ['$eventType', type] };
}

/** The aggregation expression for the outcome, given the decisive event. */
const outcome = choose(
  [
    [{ $eq: ['$decisive.weight', weights.automated] }, 'automated'],
    [{ $or: ['$decisive.isBlind', '$decisive.foundInPlace'] }, 'unknown'],
    [{ $eq: ['$decisive.weight', weights.left] }, 'left'],
  ],
  '$decisive.type',
);
const isMove = { $eq: ['$decisive.type', 'moved'] };

/**
 * Counts the messages of each sender by outcome, senders with the most messages first. The store needs a few hundred
 * bytes of memory per message of the window. The expressions are in $group itself, because DocumentDB evaluates those of
 * a preceding $project once per use.
 * @param isBlind expression that is true for events that do not count
 */
export function outcomesBySender(
  window: EventWindow,
  { sender, isBlind, limit }: { sender: SenderField; isBlind: object; limit: number },
): PipelineStage[] {
  const decisive = {
    weight,
    at: '$timestamp',
    type: '$eventType',
    isBlind,
    folderId: '$toFolder',
    foundInPlace: '$metadata.foundInPlace',
  };
  return [
    { $match: matchWindow(window) },
    {
      $group: {
        // a compound id has null for a missing field in one store, and lacks it in the other
        _id: { mailboxId: '$mailboxId', messageId: '$messageId', sender: { $ifNull: [sender, null] } },
        decisive: { $max: decisive },
      },
    },
    {
      $group: {
        _id: {
          sender: '$_id.sender',
          mailboxId: { $toString: '$_id.mailboxId' },
          outcome,
          folderId: { $cond: [isMove, { $ifNull: ['$decisive.folderId', null] }, null] },
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
            messages: '$messages',
          },
        },
      },
    },
    { $sort: { messages: -1, _id: 1 } },
    { $limit: limit },
  ];
}
