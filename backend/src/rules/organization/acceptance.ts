import type { IMailbox, IRule } from '../../models/index.ts';
import type { ActionType } from '../../models/fields/action-types.ts';
import type { IRuleAnswer } from '../../models/fields/rule-answers.ts';
import type { StoredRule } from '../stored-rule.ts';

// Words: docs/GLOSSARY.md, "acceptance". A rule of the organization that places mail acts in a mailbox once its owner has
// accepted the definition in force; one that only marks mail acts until its owner declines it.

/** `open`: not answered, or accepted with a definition that was changed since. */
export type Standing = 'accepted' | 'declined' | 'open';

type Answered = Pick<IMailbox, 'ruleAnswers'>;
type Asked = Pick<StoredRule, '_id' | 'definitionVersion'>;
type Acting = Asked & Pick<IRule, 'scope' | 'actions'>;

const placing: ReadonlySet<ActionType> = new Set<ActionType>(['move', 'archive', 'delete']);

/** Returns the version in which the conditions and actions of a rule of the organization were last changed. */
export function definitionVersionOf({ definitionVersion }: Pick<IRule, 'definitionVersion'>): number {
  return definitionVersion ?? 1;
}

/** Tests if a rule acts only where it was accepted: it is the organization's, and moves, archives or deletes mail. */
export function needsAcceptance({ scope, actions }: Pick<IRule, 'scope' | 'actions'>): boolean {
  return scope === 'org' && actions.some(({ actionType }) => actionType !== undefined && placing.has(actionType));
}

/** Returns the last answer of a mailbox's owner to a rule, whatever its version. */
export function answerOf({ _id }: Pick<StoredRule, '_id'>, { ruleAnswers }: Answered): IRuleAnswer | undefined {
  const ruleId = _id.toHexString();
  return ruleAnswers?.find((answer) => answer.ruleId === ruleId);
}

/** Returns what an answer means for the definition in force. What was declined stays declined when the rule changes. */
export function standingBy(rule: Asked, answer: Pick<IRuleAnswer, 'answer' | 'version'> | undefined): Standing {
  if (answer?.answer === 'declined') return 'declined';
  return answer?.version === definitionVersionOf(rule) ? 'accepted' : 'open';
}

/** Tests if an enabled rule may act in a mailbox. */
export function actsIn(rule: Acting, mailbox: Answered): boolean {
  if (rule.scope !== 'org') return true;
  const standing = standingBy(rule, answerOf(rule, mailbox));
  return standing === 'accepted' || (standing === 'open' && !needsAcceptance(rule));
}

/**
 * Tests if mail that a rule has staged may leave the mailbox. A change of the rule takes nothing from what was staged by
 * the definition that was accepted; mail of a rule that was never accepted goes back.
 */
export function keepsStaged(rule: Pick<StoredRule, '_id' | 'scope'>, mailbox: Answered): boolean {
  return rule.scope !== 'org' || answerOf(rule, mailbox)?.answer === 'accepted';
}

/** Identifies a definition of a rule, so that an owner is told once of each. */
export function definitionKey(rule: Asked): string {
  return `${rule._id.toHexString()}:${definitionVersionOf(rule)}`;
}
