import type { Types } from 'mongoose';
import { Pattern, Rule } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { StoredRule } from '../stored-rule.ts';
import { rescueStagedOfRule } from './rescue-staged-of-rule.ts';
import { busy } from './change-rule.ts';
import { requireWriteAccess } from '../write-access.ts';
import { liftSuspension } from '../places/suspensions.ts';
import { ruleIntent, ruleSnapshotOf } from './rule-intent.ts';
import { findChangeableRule, findRule, type PatternDecision, type RuleKey } from '../stored-rules.ts';

const maxAttempts = 10;

/**
 * Enables a rule. Idempotent. If it was suspended, or its pattern is no longer approved, the pattern is approved again.
 * @param approveAgain approves the pattern of the rule from now on, and enables the rule
 * @throws NotFoundError; AppError 403 admins_only, 409 write_access_needed, 503 busy
 */
export async function enableRule(key: RuleKey, approveAgain: PatternDecision): Promise<StoredRule> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const rule = await findChangeableRule(key);
    if (rule.scope === 'user' && rule.mailboxId !== undefined) await requireWriteAccess(rule.mailboxId);
    await liftSuspension(rule);
    if (rule.isEnabled) return rule;
    const patternId = await patternToReinstate(rule);
    const enabled = await withIntent(switchIntent(rule, key.userId, true), () =>
      patternId === undefined ? writeSwitch(rule, true) : reinstate(rule, patternId, approveAgain),
    );
    if (enabled !== undefined) return enabled;
  }
  throw busy();
}

export interface SwitchedOff {
  readonly rule: StoredRule;
  /** Ids of the mailboxes in which mail waits to be rescued. */
  readonly mailboxIds: readonly Types.ObjectId[];
}

/**
 * Disables a rule, and marks the mail it has staged for rescue. Idempotent. Its pattern stays approved.
 * @throws NotFoundError; AppError 403 admins_only, 503 busy
 */
export async function disableRule(key: RuleKey): Promise<SwitchedOff> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const rule = await findChangeableRule(key);
    if (!rule.isEnabled) return { rule, mailboxIds: await rescueStagedOfRule(rule._id) };
    const off = await withIntent(switchIntent(rule, key.userId, false), async () => {
      const disabled = await writeSwitch(rule, false);
      return disabled && { rule: disabled, mailboxIds: await rescueStagedOfRule(rule._id) };
    });
    if (off === undefined) continue;
    await liftSuspension(rule);
    return off;
  }
  throw busy();
}

function switchIntent(rule: StoredRule, by: string, isEnabled: boolean) {
  const before = ruleSnapshotOf(rule);
  const after = { ...before, isEnabled, version: rule.version + 1 };
  const why = isEnabled ? 'Switched on by hand' : 'Switched off by hand';
  return ruleIntent(rule, { action: 'rule_updated', by, before, after, why });
}

/** Returns the pattern to approve again, so that the actions of the rule are judged from now on. */
async function patternToReinstate({ sourcePatternId, userId, suspendedAt }: StoredRule): Promise<string | undefined> {
  if (sourcePatternId === undefined) return undefined;
  const pattern = await Pattern.findOne({ _id: sourcePatternId, userId }, 'status').lean();
  if (pattern === null || (pattern.status === 'approved' && suspendedAt === undefined)) return undefined;
  return sourcePatternId.toString();
}

/** @returns undefined if another request has approved the pattern meanwhile */
async function reinstate(
  rule: StoredRule,
  patternId: string,
  approveAgain: PatternDecision,
): Promise<StoredRule | undefined> {
  const userId = rule.userId.toString();
  const { changed } = await approveAgain({ userId, patternId });
  return changed ? findRule({ userId, ruleId: rule._id.toString() }) : undefined;
}

/** @returns undefined if another change was first */
async function writeSwitch({ _id, version }: StoredRule, isEnabled: boolean): Promise<StoredRule | undefined> {
  const $unset = isEnabled ? { suspendedAt: 1, suspendedReason: 1 } : {};
  const switched = await Rule.findOneAndUpdate(
    { _id, version },
    { $set: { isEnabled }, $unset, $inc: { version: 1 } },
    { returnDocument: 'after' },
  ).lean<StoredRule>();
  return switched ?? undefined;
}
