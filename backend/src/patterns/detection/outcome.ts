import type { Opened } from './opened.ts';

// Words: docs/GLOSSARY.md, "Patterns".

const plainOutcomes = ['deleted', 'archived', 'cleared', 'read', 'left'] as const;
const movedPrefix = 'moved:';

/**
 * The owner's treatment of a message. `read` and `left`: still in the inbox, opened or not; `cleared`: marked as read
 * together with others, faster than anybody reads.
 */
export type VoteOutcome = (typeof plainOutcomes)[number] | { readonly moved: string };

/** The action that a pattern suggests, in the fields of a Pattern row. */
export type SuggestedAction =
  | { readonly actionType: 'delete' | 'archive' | 'markRead' }
  | { readonly actionType: 'move'; readonly toFolder: string };

export type SuggestedType = SuggestedAction['actionType'];

/** The outcome of one message, with the facts that conditions are tested on. */
export interface Vote {
  readonly messageId: string;
  readonly outcome: VoteOutcome;
  /** Opened before it was treated so. */
  readonly opened: Opened;
  /** Time of the owner's action; for a message that was left, its arrival. */
  readonly at: Date;
  readonly receivedAt: Date;
  /** Address in canonical form. */
  readonly sender: string;
  /** The name that the message shows beside it. */
  readonly senderName?: string | undefined;
  /** '' for a sender without one. */
  readonly domain: string;
  /** Id of the folder of its arrival; unknown for a message that was found in place. */
  readonly fromFolder: string | undefined;
  readonly subject: string | undefined;
  readonly subjectNormalized: string | undefined;
  readonly isNewsletter: boolean;
  /** A program sent or distributed it; unknown in older rows. */
  readonly isAutomated?: boolean | undefined;
  /** The identifier of its mailing list, in lower case. */
  readonly listId?: string | undefined;
  /** The message is older than the monitoring of its mailbox. */
  readonly foundInPlace: boolean;
  /** Classified by its current folder alone: no action of the owner was seen. */
  readonly placement: boolean;
  /** The burst that the owner's action was part of: all votes of it with one outcome are one decision. */
  readonly burst?: string | undefined;
}

/** Returns the action that a message with this outcome follows; undefined when there is nothing to suggest. */
export function actionFollowedBy(outcome: VoteOutcome): SuggestedAction | undefined {
  if (typeof outcome === 'object') return { actionType: 'move', toFolder: outcome.moved };
  if (outcome === 'deleted') return { actionType: 'delete' };
  if (outcome === 'archived') return { actionType: 'archive' };
  return outcome === 'cleared' ? { actionType: 'markRead' } : undefined;
}

/** Returns a text that is equal for equal outcomes only. */
export function outcomeKey(outcome: VoteOutcome): string {
  return typeof outcome === 'object' ? `${movedPrefix}${outcome.moved}` : outcome;
}

/** Returns the outcome that a text of `outcomeKey` stands for; undefined for an unknown one. */
export function outcomeOfKey(key: string): VoteOutcome | undefined {
  if (key.startsWith(movedPrefix)) return { moved: key.slice(movedPrefix.length) };
  return plainOutcomes.find((outcome) => outcome === key);
}

/** Returns the key of the outcome that follows an action. */
export function followedKey(action: SuggestedAction): string {
  switch (action.actionType) {
    case 'move':
      return `moved:${action.toFolder}`;
    case 'delete':
      return 'deleted';
    case 'archive':
      return 'archived';
    case 'markRead':
      return 'cleared';
    default:
      return action satisfies never;
  }
}
