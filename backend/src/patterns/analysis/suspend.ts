import type { Types } from 'mongoose';
import { Pattern, Rule } from '../../models/index.ts';
import { auditOnce } from '../../models/store/audit-once.ts';
import { rescueStagedOfRule } from '../../rules/changes/rescue-staged-of-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { asItWasRead, type StoredPattern } from '../stored-pattern.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';

/** A rule of a pattern; it belongs to a mailbox. */
export type PatternRule = StoredRule & { readonly mailboxId: Types.ObjectId };

const reasons = {
  contradicted: 'you reversed 3 of its last 10 actions',
  'bound-fell': 'your behavior in the last 30 days no longer supports it',
} as const;

interface DriftSuspension {
  readonly pattern: StoredPattern;
  readonly rule: PatternRule;
  readonly because: keyof typeof reasons;
  readonly now: Date;
}

/**
 * Disables the rule of an approved pattern, notifies the owner, and sets the pattern back to detected. The rule is
 * disabled first; after a crash `finishSuspension` does the rest. Rule and pattern are replaced only in the state in
 * which they were read: a decision of the owner in between stands.
 * @returns true when the rule was disabled
 */
export async function suspendRule({ pattern, rule, because, now }: DriftSuspension): Promise<boolean> {
  const suspended = { isEnabled: false, suspendedAt: now, suspendedReason: reasons[because] };
  const { matchedCount } = await Rule.updateOne(
    { _id: rule._id, userId: rule.userId, version: rule.version, isEnabled: true },
    { $set: suspended, $inc: { version: 1 } },
  );
  if (matchedCount === 0) return false;
  await finishSuspension(pattern, { ...rule, ...suspended });
  return true;
}

/** Finishes the suspension of a rule: audit log, notification, rescue of its staged mail, pattern. Idempotent. */
export async function finishSuspension(pattern: StoredPattern, rule: PatternRule): Promise<void> {
  const { _id: ruleId, userId, mailboxId, name, suspendedAt, suspendedReason } = rule;
  if (suspendedAt === undefined) return;
  const about = ['suspended', ruleId.toString()];
  const _id = occasionId(suspendedAt, about);
  await auditOnce({
    _id,
    userId,
    mailboxId,
    action: 'rule_suspended',
    targetType: 'rule',
    targetId: ruleId.toString(),
    details: { by: 'analysis', at: suspendedAt, why: suspendedReason, patternId: pattern._id.toString() },
  });
  await notifyOnce(_id, {
    userId,
    type: 'system',
    priority: 'high',
    title: 'A rule was suspended',
    message: `Rule “${name}” is disabled: ${suspendedReason}. It is suggested again when your behavior supports it.`,
    relatedEntity: { entityType: 'rule', entityId: ruleId },
  });
  await rescueStagedOfRule(ruleId);
  await Pattern.updateOne(asItWasRead(pattern), { $set: { status: 'detected' }, $unset: { approvedAt: 1 } });
}
