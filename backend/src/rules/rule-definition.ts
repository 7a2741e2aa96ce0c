import { isDeepStrictEqual } from 'node:util';
import type { IRule } from '../models/index.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';
import { type FolderName, nameRule } from './rule-name.ts';

/** What a rule says; folders are ids, actions are in their order. */
export interface RuleWords {
  readonly name: string;
  readonly conditions: RuleConditions;
  readonly actions: readonly RuleAction[];
}

/** What of it decides which mail is touched, and how. */
export type RuleEffect = Omit<RuleWords, 'name'>;

const placements: ReadonlySet<RuleAction['actionType']> = new Set<RuleAction['actionType']>([
  'move',
  'delete',
  'archive',
]);

/** Reads the words from a stored rule. An action without a type does nothing, and is left out. */
export function wordsOf({ name, conditions = {}, actions }: Pick<IRule, 'name' | 'conditions' | 'actions'>): RuleWords {
  const inOrder = actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
  return {
    name,
    conditions,
    actions: inOrder.flatMap(({ actionType, toFolder, category }) => {
      if (actionType === undefined) return [];
      return [
        {
          actionType,
          ...(toFolder === undefined ? {} : { toFolder }),
          ...(category === undefined ? {} : { category }),
        },
      ];
    }),
  };
}

/** The words as a rule stores them. */
export function storedWords({ name, conditions, actions }: RuleWords): Pick<IRule, 'name' | 'actions'> & {
  conditions: RuleConditions;
} {
  return { name, conditions, actions: actions.map((action, order) => ({ ...action, order })) };
}

export function isSameEffect(one: RuleEffect, two: RuleEffect): boolean {
  return isDeepStrictEqual(one.conditions, two.conditions) && isDeepStrictEqual(one.actions, two.actions);
}

/** A name that says what the rule does: where it puts the mail, else the first of what it does. */
export function defaultName({ conditions, actions }: RuleEffect, folderName: FolderName): string {
  const action = actions.find(({ actionType }) => placements.has(actionType)) ?? actions[0];
  return action === undefined ? 'Rule' : nameRule({ conditions, action }, folderName);
}
