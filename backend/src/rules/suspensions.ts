import { Mailbox } from '../models/index.ts';
import { exists } from '../models/store/query-operators.ts';
import { reasonOfPlace } from './place-fault.ts';
import type { StoredRule } from './stored-rule.ts';

/** A mailbox in which a rule does nothing for now, because mail cannot be moved to its folder. */
export interface Suspension {
  readonly mailboxId: string;
  readonly since: Date;
  readonly code: string;
  /** In words: the end of a sentence about the rule. */
  readonly reason: string;
}

/** Reads the suspensions in the mailboxes of a user, by the id of the rule. */
export async function readSuspensions(userId: string): Promise<ReadonlyMap<string, readonly Suspension[]>> {
  const mailboxes = await Mailbox.find({ userId, 'suspendedRules.ruleId': exists() }, 'suspendedRules').lean();
  const byRule = new Map<string, Suspension[]>();
  for (const { _id, suspendedRules = [] } of mailboxes) {
    for (const { ruleId, since, code } of suspendedRules) {
      const suspension = { mailboxId: _id.toString(), since, code, reason: reasonOfPlace(code) };
      byRule.set(ruleId, [...(byRule.get(ruleId) ?? []), suspension]);
    }
  }
  return byRule;
}

/**
 * Lifts the suspension of a rule in all its mailboxes: its owner has changed, switched or deleted it. If its folder still
 * cannot be used, the next message suspends it again.
 */
export async function liftSuspension({ _id, mailboxId, scope }: Pick<StoredRule, '_id' | 'mailboxId' | 'scope'>) {
  const ruleId = _id.toHexString();
  const filter = scope === 'org' || mailboxId === undefined ? { 'suspendedRules.ruleId': ruleId } : { _id: mailboxId };
  await Mailbox.updateMany(filter, { $pull: { suspendedRules: { ruleId } } });
}
