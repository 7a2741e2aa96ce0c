import type { Evidence } from './evidence.ts';
import type { SuggestedAction } from './outcome.ts';

/** Which mail a pattern is about; all that is given must hold. In the fields of a Pattern row. */
export interface PatternCondition {
  readonly senderEmail?: string;
  readonly senderDomain?: string;
  /** Folder id. */
  readonly fromFolder?: string;
  /** The normalized subject. */
  readonly subjectPattern?: string;
  readonly isNewsletter?: boolean;
}

/**
 * Why a pattern is not suggested: its bound is under the threshold; too much of the mail went elsewhere; among so many
 * hypotheses it may be chance; its sender is protected from deletion; another pattern does the same for more mail.
 */
export type Blocker = 'bound' | 'exceptions' | 'chance' | 'protected' | 'covered';

/** A pattern as detection finds it: all but `blockers` are fields of a Pattern row. */
export interface PatternCandidate {
  readonly patternType: 'sender' | 'folder-routing';
  /** The same for the same type, condition, action and folder. */
  readonly key: string;
  readonly status: 'suggested' | 'detected';
  readonly condition: PatternCondition;
  readonly suggestedAction: SuggestedAction;
  /** Percent: the lower bound of the 95 % Wilson interval, recent messages weighing more. */
  readonly confidence: number;
  /** Percent: the confidence it takes to be suggested. */
  readonly threshold: number;
  readonly sampleSize: number;
  readonly exceptionCount: number;
  /** What it was judged by among all that was tested; undefined where there is too little mail to test anything. */
  readonly pValue: number | undefined;
  readonly evidence: readonly Evidence[];
  /** Empty when suggested. */
  readonly blockers: readonly Blocker[];
}

const conditionFields = ['senderEmail', 'senderDomain', 'fromFolder', 'subjectPattern', 'isNewsletter'] as const;

/** The type of a pattern that suggests `action`. */
export function patternTypeOf(action: SuggestedAction): PatternCandidate['patternType'] {
  return action.actionType === 'move' ? 'folder-routing' : 'sender';
}

/** One text for type, condition, action and folder: what makes two patterns of a mailbox the same. */
export function patternKey(condition: PatternCondition, action: SuggestedAction): string {
  const target = action.actionType === 'move' ? action.toFolder : undefined;
  const conditions = conditionFields.map((field) => condition[field]);
  return JSON.stringify([patternTypeOf(action), action.actionType, target, ...conditions].map((part) => part ?? null));
}
