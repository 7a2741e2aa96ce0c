import type { IPattern } from '../../models/index.ts';
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

/** What keeps a pattern from being suggested. */
export type Blocker = IPattern['blockers'][number];

/** A pattern as detection finds it, in the fields of a Pattern row. */
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
  /** What it was tested by among all that was tested; undefined where there is too little mail to test anything. */
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
