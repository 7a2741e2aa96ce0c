import type { Types } from 'mongoose';
import { Mailbox } from '../../models/index.ts';
import type { ISuspendedRule } from '../../models/fields/mailbox-rules.ts';
import { auditOnce } from '../../models/store/audit-once.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isNot } from '../../models/store/query-operators.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { type PlaceFault, placeReasons } from '../../rules/places/place-fault.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';

type SuspendedRule = Pick<StoredRule, '_id' | 'name' | 'scope'>;

/** Reads the suspensions of a mailbox, by the id of the rule. */
export async function readSuspended(mailboxId: Types.ObjectId): Promise<ReadonlyMap<string, ISuspendedRule>> {
  const row = await Mailbox.findById(mailboxId, 'suspendedRules').lean();
  return new Map((row?.suspendedRules ?? []).map((suspended) => [suspended.ruleId, suspended]));
}

/**
 * Suspends a rule in one mailbox because of its folder, and tells the owner of the mailbox once for as long as it stays
 * suspended. The rule stays enabled: it goes on by itself. Idempotent; finishes what a crash left of an earlier call.
 */
export async function suspendForPlace(
  { userId, mailboxId }: MailboxOwner,
  rule: SuspendedRule,
  code: PlaceFault,
): Promise<void> {
  const ruleId = rule._id.toHexString();
  const since = new Date();
  await Mailbox.updateOne(
    { _id: mailboxId, 'suspendedRules.ruleId': isNot(ruleId) },
    { $push: { suspendedRules: { ruleId, since, code } } },
  );
  const entry = { _id: mailboxId, 'suspendedRules.ruleId': ruleId };
  const suspended = (await readSuspended(mailboxId)).get(ruleId);
  if (suspended === undefined) return;
  if (suspended.code !== code) await Mailbox.updateOne(entry, { $set: { 'suspendedRules.$.code': code } });
  if (suspended.toldAt !== undefined) return;
  await tell({ userId, mailboxId }, { rule, code, since: suspended.since });
  await Mailbox.updateOne(entry, { $set: { 'suspendedRules.$.toldAt': since } });
}

interface PlaceSuspension {
  readonly rule: SuspendedRule;
  readonly code: PlaceFault;
  readonly since: Date;
}

async function tell({ userId, mailboxId }: MailboxOwner, { rule, code, since }: PlaceSuspension): Promise<void> {
  const ruleId = rule._id.toHexString();
  const reason = placeReasons[code];
  const _id = occasionId(since, ['place', mailboxId.toHexString(), ruleId]);
  await auditOnce({
    _id,
    userId,
    mailboxId,
    action: 'rule_suspended',
    targetType: 'rule',
    targetId: ruleId,
    details: { by: 'automation', at: since, code, why: `It does nothing for now: ${reason}` },
  });
  await notifyOnce(_id, {
    userId,
    type: 'system',
    priority: 'high',
    title: 'A rule was suspended',
    message:
      `Rule “${rule.name}” does nothing for now: ${reason}. Mail that it matches stays where it is, unchanged. ` +
      `The rule goes on by itself when the folder is back; ${adviceFor(rule)}.`,
    relatedEntity: { entityType: 'rule', entityId: rule._id },
  });
}

/** The owner of a mailbox cannot change a rule of the organization. */
function adviceFor({ scope }: SuspendedRule): string {
  return scope === 'org'
    ? "it is your organization's rule: create the folder, ask an admin of this service to choose another one, or decline the rule"
    : 'or choose another folder for it';
}

/** Ends the suspension of a rule in one mailbox, because its folder is back. @returns false if it was not suspended */
export async function resumeRule(
  { userId, mailboxId }: MailboxOwner,
  { _id }: Pick<StoredRule, '_id'>,
): Promise<boolean> {
  const ruleId = _id.toHexString();
  const suspended = (await readSuspended(mailboxId)).get(ruleId);
  if (suspended === undefined) return false;
  await auditOnce({
    _id: occasionId(suspended.since, ['place-back', mailboxId.toHexString(), ruleId]),
    userId,
    mailboxId,
    action: 'rule_resumed',
    targetType: 'rule',
    targetId: ruleId,
    details: { by: 'automation', why: 'Mail can be moved to its folder again' },
  });
  await Mailbox.updateOne({ _id: mailboxId }, { $pull: { suspendedRules: { ruleId } } });
  return true;
}
