// Glossary: a *vote* is what one message says about its owner's habits: one message, one vote, and the owner's last
// action decides. An *action* is what a pattern suggests. A message *follows* an action when its owner did just that
// with it; one that does not is an *exception*. The *share* is followed of seen, the *bound* the lower end of its 95 %
// Wilson interval. A *candidate* is a pattern as detection hands it on, suggested or merely detected.

/**
 * What the owner did with a message: `read` and `left` rest where mail arrives, opened or not; `cleared` was marked
 * read together with others, faster than anybody reads.
 */
export type Outcome = 'deleted' | 'archived' | 'cleared' | 'read' | 'left' | { readonly moved: string };

/** What a pattern suggests, in the fields of a Pattern row. */
export type SuggestedAction =
  | { readonly actionType: 'delete' | 'archive' | 'markRead' }
  | { readonly actionType: 'move'; readonly toFolder: string };

/** What one message says about its owner's habits. */
export interface Vote {
  readonly messageId: string;
  readonly outcome: Outcome;
  /** When the owner did it; for a message that was only left, when it arrived. */
  readonly at: Date;
  readonly receivedAt: Date;
  /** Address, in lower case. */
  readonly sender: string;
  readonly domain: string;
  /** Where it arrived, as a folder id; unknown for what was found in place. */
  readonly fromFolder: string | undefined;
  readonly subject: string | undefined;
  readonly subjectNormalized: string | undefined;
  readonly isNewsletter: boolean;
  /** It was there before its mailbox was watched. */
  readonly foundInPlace: boolean;
  /** Nothing but where it rests speaks: no action of the owner was seen. */
  readonly placement: boolean;
}

/** What a pattern would have to suggest for this message to follow it; undefined when there is nothing to suggest. */
export function actionFollowedBy(outcome: Outcome): SuggestedAction | undefined {
  if (typeof outcome === 'object') return { actionType: 'move', toFolder: outcome.moved };
  if (outcome === 'deleted') return { actionType: 'delete' };
  if (outcome === 'archived') return { actionType: 'archive' };
  return outcome === 'cleared' ? { actionType: 'markRead' } : undefined;
}

/** A text that two outcomes have in common exactly when they are the same. */
export function outcomeKey(outcome: Outcome): string {
  return typeof outcome === 'object' ? `moved:${outcome.moved}` : outcome;
}

/** The key of the outcome that follows an action. */
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
