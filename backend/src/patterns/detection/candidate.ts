import type { IPattern } from '../../models/index.ts';
import type { Tier } from '../ladder/bars.ts';
import type { PatternEvidence } from './evidence.ts';
import type { SuggestedAction } from './outcome.ts';

/** The mail of a pattern: every given field must match. Named as in a Pattern row. */
export interface PatternCondition {
  readonly senderEmail?: string;
  readonly senderDomain?: string;
  /** Folder id. */
  readonly fromFolder?: string;
  /** The normalized subject. */
  readonly subjectPattern?: string;
  readonly isNewsletter?: boolean;
  /** The beginning of the subject, folded. */
  readonly subjectPrefix?: string;
  /** The identifier of a mailing list. */
  readonly listId?: string;
}

/** A reason against suggesting a pattern. */
export type Blocker = IPattern['blockers'][number];

/** A detected pattern, in the fields of a Pattern row. */
export interface PatternCandidate {
  readonly patternType: 'sender' | 'folder-routing';
  /** Identifies type, condition, action and folder. */
  readonly key: string;
  readonly status: 'suggested' | 'detected';
  readonly tier: Tier;
  /** The moment of its rule; undefined for arrival. */
  readonly trigger: 'onRead' | undefined;
  readonly condition: PatternCondition;
  readonly suggestedAction: SuggestedAction;
  /** Percent: the share of the next mail that is expected to follow. */
  readonly confidence: number;
  /** Percent: the lower bound of the 95 % Wilson interval, recent messages weighing more. */
  readonly lowerBound: number;
  /** Percent: the confidence needed for a suggestion. */
  readonly threshold: number;
  readonly sampleSize: number;
  readonly exceptionCount: number;
  /** Of the messages that followed, those that were opened first. */
  readonly openedCount: number;
  /** Of the messages that followed, those of which nothing tells if they were opened first. */
  readonly openedUnknownCount: number;
  readonly evidence: readonly PatternEvidence[];
  /** How many more messages must follow, without an exception, until it is suggested; undefined for more than 20. */
  readonly needed: number | undefined;
  /** Empty when suggested. */
  readonly blockers: readonly Blocker[];
}

const conditionFields = ['senderEmail', 'senderDomain', 'fromFolder', 'subjectPattern', 'isNewsletter'] as const;
/** They end the key only where they are given, so that the keys of older patterns stay. */
const laterFields = ['subjectPrefix', 'listId'] as const;

/** Returns the type of a pattern that suggests `action`. */
export function patternTypeOf(action: SuggestedAction): PatternCandidate['patternType'] {
  return action.actionType === 'move' ? 'folder-routing' : 'sender';
}

/** Returns type, condition, action, folder and moment as one text, which identifies a pattern within its mailbox. */
export function patternKey(condition: PatternCondition, action: SuggestedAction, trigger?: 'onRead'): string {
  const target = action.actionType === 'move' ? action.toFolder : undefined;
  const conditions = conditionFields.map((field) => condition[field]);
  const later = laterFields.flatMap((field) =>
    condition[field] === undefined ? [] : [`${field}:${condition[field]}`],
  );
  const moment = trigger === undefined ? [] : [trigger];
  const parts = [patternTypeOf(action), action.actionType, target, ...conditions, ...later, ...moment];
  return JSON.stringify(parts.map((part) => part ?? null));
}
