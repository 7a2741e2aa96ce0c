import type { Types } from 'mongoose';
import { AuditLog, type IAuditLog, Pattern, Rule } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { rescueStagedOfRule } from '../../rules/rescue-staged-of-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { asItWasRead, type StoredPattern } from '../stored-pattern.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';

/** A rule that comes from a pattern, and so belongs to a mailbox. */
export type PatternRule = StoredRule & { readonly mailboxId: Types.ObjectId };

const reasons = {
  contradicted: 'you reversed it 3 times of the last 10',
  'bound-fell': 'you went along with it too rarely in the last 30 days',
} as const;

interface Suspension {
  readonly pattern: StoredPattern;
  readonly rule: PatternRule;
  readonly because: keyof typeof reasons;
  readonly now: Date;
}

/**
 * Stops the rule of an approved pattern, says so, and makes the pattern one that was merely detected. The rule stops
 * first; a crash after that is made up for by `finishSuspension`. Rule and pattern are written only as they were read:
 * what the owner decides meanwhile stands.
 * @returns whether the rule was stopped
 */
export async function suspendRule({ pattern, rule, because, now }: Suspension): Promise<boolean> {
  const suspended = { isEnabled: false, suspendedAt: now, suspendedReason: reasons[because] };
  const { matchedCount } = await Rule.updateOne(
    { _id: rule._id, userId: rule.userId, version: rule.version, isEnabled: true },
    { $set: suspended, $inc: { version: 1 } },
  );
  if (matchedCount === 0) return false;
  await finishSuspension(pattern, { ...rule, ...suspended });
  return true;
}

/** Does what follows from a rule's suspension, as far as it was not done before. */
export async function finishSuspension(pattern: StoredPattern, rule: PatternRule): Promise<void> {
  const { _id: ruleId, userId, mailboxId, name, suspendedAt, suspendedReason } = rule;
  if (suspendedAt === undefined) return;
  const about = ['suspended', ruleId.toString(), String(suspendedAt.getTime())];
  const _id = deterministicId(suspendedAt, about);
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
    title: 'A rule was stopped',
    message: `“${name}” does nothing any more: ${suspendedReason}. It is suggested again once what you do bears it out.`,
    relatedEntity: { entityType: 'rule', entityId: ruleId },
  });
  await rescueStagedOfRule(ruleId);
  await Pattern.updateOne(asItWasRead(pattern), { $set: { status: 'detected' }, $unset: { approvedAt: 1 } });
}

async function auditOnce(entry: Partial<IAuditLog> & { readonly _id: Types.ObjectId }): Promise<void> {
  try {
    await AuditLog.create(entry);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
