import { Mailbox, Rule } from '../../models/index.ts';
import { mayAct } from '../../models/fields/mail-access.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';
import { lookOnlyCode, reasonOfPlace } from './place-fault.ts';
import type { StoredRule } from '../stored-rule.ts';

/** A mailbox in which a rule does nothing for now, because mail cannot be moved to its folder, or not changed at all. */
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
  const byRule = await readLookOnly(userId);
  for (const { _id, suspendedRules = [] } of mailboxes) {
    for (const { ruleId, since, code } of suspendedRules) {
      const suspension = { mailboxId: _id.toString(), since, code, reason: reasonOfPlace(code) };
      byRule.set(ruleId, [...(byRule.get(ruleId) ?? []), suspension]);
    }
  }
  return byRule;
}

/** While MSEDB only looks at a mailbox, each of its enabled rules is suspended there, and goes on by itself afterwards. */
async function readLookOnly(userId: string): Promise<Map<string, Suspension[]>> {
  const mailboxes = await Mailbox.find({ userId }, 'access accessSince grantedScopes scopesAt createdAt').lean();
  const lookOnly = mailboxes.filter((mailbox) => !mayAct(mailbox));
  const byRule = new Map<string, Suspension[]>();
  if (lookOnly.length === 0) return byRule;
  const own = { userId, mailboxId: isIn(lookOnly.map(({ _id }) => _id)), scope: 'user' } as const;
  const rules = await Rule.find({ isEnabled: true, $or: [own, { scope: 'org' }] }, 'mailboxId scope').lean();
  for (const { _id, mailboxId, scope } of rules) {
    const suspendedIn = lookOnly.filter((mailbox) => scope === 'org' || mailboxId?.equals(mailbox._id) === true);
    const suspensions = suspendedIn.map((mailbox) => ({
      mailboxId: mailbox._id.toString(),
      since: mailbox.accessSince ?? mailbox.scopesAt ?? mailbox.createdAt,
      code: lookOnlyCode,
      reason: reasonOfPlace(lookOnlyCode),
    }));
    byRule.set(_id.toString(), suspensions);
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
