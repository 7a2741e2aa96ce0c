import { isDeepStrictEqual } from 'node:util';
import { defined } from '../lib/defined.ts';
import type { IRule } from '../models/index.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';
import { type FolderName, nameRule } from './rule-name.ts';

/** The definition of a rule; folders are ids, actions are in order. */
export interface RuleWords {
  readonly name: string;
  readonly conditions: RuleConditions;
  readonly actions: readonly RuleAction[];
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
  reason,
}: Pick<IRule, 'name' | 'conditions' | 'actions' | 'reason'>): RuleWords {
  const inOrder = actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
  return {
    name,
    conditions,
    actions: inOrder.flatMap(({ actionType, toFolder, category }) => {
      if (actionType === undefined) return [];
      return [defined<RuleAction>({ actionType, toFolder, category })];
    }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Returns a definition in the form in which it is stored. */
export function storedWords({ name, conditions, actions, reason }: RuleWords): Pick<
  IRule,
  'name' | 'actions' | 'reason'
> & {
  conditions: RuleConditions;
} {
  const stored = { name, conditions, actions: actions.map((action, order) => ({ ...action, order })) };
  return reason === undefined ? stored : { ...stored, reason };
}

export function isSameEffect(one: RuleEffect, two: RuleEffect): boolean {
  return isDeepStrictEqual(one.conditions, two.conditions) && isDeepStrictEqual(one.actions, two.actions);
}

/** Derives a name from the action that places the mail, or else from the first action. */
export function defaultName({ conditions, actions }: RuleEffect, folderName: FolderName): string {
  const action = actions.find(({ actionType }) => placements.has(actionType)) ?? actions[0];
  return action === undefined ? 'Rule' : nameRule({ conditions, action }, folderName);
}
