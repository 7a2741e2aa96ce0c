import type { PipelineStage } from 'mongoose';
import type { IEmailEvent } from '../../models/index.ts';
import { type EventWindow, matchWindow } from './event-window.ts';
import { choose, isAutomated } from './expressions.ts';

// Glossary: every message of a window has one outcome, by what decides about it. Where its owner put it decides before
// what they marked it with, and of two places the last; our own actions decide where the owner did nothing.

/** What can become of a message; `left`: it arrived and nothing else; `unknown`: it happened where we could not see. */
export type MessageOutcome =
  | 'deleted'
  | 'moved'
  | 'flagged'
  | 'categorized'
  | 'read'
  | 'automated'
  | 'left'
  | 'unknown';

/** Which field senders are told apart by. */
export type SenderField = '$sender.email' | '$sender.domain';

interface OutcomePart {
  readonly outcome: MessageOutcome;
  readonly mailboxId: string;
  /** Where the decisive event put the messages; null when it was no move. */
  readonly folderId: string | null;
  readonly messages: number;
}

/** The messages of one sender, by what became of them. */
export interface SenderOutcomes {
  /** Null for messages without a sender. */
  readonly _id: string | null;
  readonly messages: number;
  readonly parts: readonly OutcomePart[];
}

/** The heaviest event of a message decides, and of those of one weight the last. */
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

/** What the decisive event of a message makes of it. */
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
 * Counts the messages of each sender by outcome; those with the most messages come first. The store keeps a few hundred
 * bytes for each message of the window meanwhile. Expressions stand in $group itself: DocumentDB works those of a
 * $project before it out once for each use.
 * @param isBlind the expression for an event that does not count
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
