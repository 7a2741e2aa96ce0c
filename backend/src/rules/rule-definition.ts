import { isDeepStrictEqual } from 'node:util';
import { defined } from '../lib/defined.ts';
import type { IRule } from '../models/index.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';
import { type FolderName, nameRule } from './rule-name.ts';
import { type RuleTrigger, triggerOf } from './trigger.ts';

/** The definition of a rule; folders are ids, actions are in order. */
export interface RuleWords {
  readonly name: string;
  readonly conditions: RuleConditions;
  readonly actions: readonly RuleAction[];
  /** On arrival if it is left out. */
  readonly trigger?: RuleTrigger | undefined;
  /** Why the organization has the rule, for the owners of mailboxes. */
  readonly reason?: string | undefined;
}

/** The part of a definition that has an effect on mail. */
export type RuleEffect = Omit<RuleWords, 'name' | 'reason'>;

const placements: ReadonlySet<RuleAction['actionType']> = new Set<RuleAction['actionType']>([
  'move',
  'delete',
  'archive',
]);

/** Reads the definition from a stored rule. An action without a type has no effect, and is left out. */
export function wordsOf({
  name,
  conditions = {},
  actions,
  trigger,
  reason,
}: Pick<IRule, 'name' | 'conditions' | 'actions' | 'trigger' | 'reason'>): RuleWords {
  const inOrder = actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
  return {
    name,
    conditions,
    actions: inOrder.flatMap(({ actionType, toFolder, category }) => {
      if (actionType === undefined) return [];
      return [defined<RuleAction>({ actionType, toFolder, category })];
    }),
    trigger: triggerOf({ trigger }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Returns a definition in the form in which it is stored. */
export function storedWords(words: RuleWords): Pick<IRule, 'name' | 'actions' | 'trigger' | 'reason'> & {
  conditions: RuleConditions;
} {
  const { name, conditions, reason } = words;
  const actions = words.actions.map((action, order) => ({ ...action, order }));
  const stored = { name, conditions, actions, trigger: triggerOf(words) };
  return reason === undefined ? stored : { ...stored, reason };
}

export function isSameEffect(one: RuleEffect, two: RuleEffect): boolean {
  return (
    isDeepStrictEqual(one.conditions, two.conditions) &&
    isDeepStrictEqual(one.actions, two.actions) &&
    isDeepStrictEqual(triggerOf(one), triggerOf(two))
  );
}

/** Derives a name from the action that places the mail, or else from the first action. */
export function defaultName(effect: RuleEffect, folderName: FolderName): string {
  const { conditions, actions } = effect;
  const action = actions.find(({ actionType }) => placements.has(actionType)) ?? actions[0];
  return action === undefined ? 'Rule' : nameRule({ conditions, action, trigger: triggerOf(effect) }, folderName);
}
