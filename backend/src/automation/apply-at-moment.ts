import type { Types } from 'mongoose';
import { type Arrived, ruleFor } from '../rules/engine.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { applyRule } from './apply-rule.ts';
import { actionIdOf, type Moment, momentHolds, type MomentState } from './moments.ts';
import type { MailboxRules } from './rule-book.ts';
import type { WriteLease } from './write-lease.ts';

/** The facts that a moment is evaluated with, the same for many messages. */
export interface MomentContext {
  readonly lease: WriteLease;
  readonly stagingMs: number;
  readonly book: MailboxRules;
}

export interface MomentOfMessage {
  readonly state: MomentState;
  readonly arrived: Arrived;
  readonly moment: Moment;
  readonly isTried: (rule: StoredRule) => boolean;
}

/**
 * Applies the first rule that matches a message at a moment, as long as the message lies where it arrived.
 * @returns `left` if no rule matches, or it was done before; else the result of the action
 * @throws GraphError when Graph cannot do it now; LeaseLostError; the signal's reason
 */
export async function applyAtMoment(
  { lease, stagingMs, book }: MomentContext,
  { state, arrived, moment, isTried }: MomentOfMessage,
): ReturnType<typeof applyRule> {
  const rule = ruleFor(arrived, book, isTried);
  if (rule === undefined) return 'left';
  const actionId: Types.ObjectId = actionIdOf(lease.mailboxId, state, moment);
  const context = { lease, stagingMs, suspended: book.suspended };
  return applyRule(context, {
    rule,
    messageId: state.messageId,
    restsIn: arrived.fromFolder,
    actionId,
    cause: { cause: 'rule' },
    holds: (now) => momentHolds(moment, now),
  });
}
