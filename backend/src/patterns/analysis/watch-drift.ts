import mongoose from 'mongoose';
import { Pattern, Rule } from '../../models/index.ts';
import type { StoredPattern } from '../stored-pattern.ts';
import { shouldSuspend } from '../detection/drift.ts';
import { thresholdOf } from '../detection/thresholds.ts';
import { judgedAction } from '../replay.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { behaviorTowards } from './behavior.ts';
import { readRuleActs, type RuleAct } from './rule-acts.ts';
import { finishSuspension, type PatternRule, suspendRule } from './suspend.ts';

const dayMs = 24 * 60 * 60_000;
const windowMs = 90 * dayMs;
/** For how long a pattern whose rule was stopped is not suggested again. */
const heldBackMs = 30 * dayMs;

export interface Drift {
  /** Rules that were stopped now. */
  readonly suspended: number;
  /** Patterns whose rule was stopped lately, by id. */
  readonly heldBack: ReadonlySet<string>;
}

/** Stops the rules of approved patterns that their owner does not behave by any more. */
export async function watchDrift(mailbox: AnalyzedMailbox, signal: AbortSignal): Promise<Drift> {
  const { userId, mailboxId, now } = mailbox;
  const ofPatterns = { userId, mailboxId, sourcePatternId: mongoose.trusted({ $exists: true }) };
  const rules = await Rule.find(ofPatterns).lean<PatternRule[]>();
  const ruleOf = new Map(rules.map((rule) => [rule.sourcePatternId?.toString(), rule]));
  const approved = await Pattern.find({ userId, mailboxId, status: 'approved' }).lean<StoredPattern[]>();

  const inForce: { readonly pattern: StoredPattern; readonly rule: PatternRule }[] = [];
  for (const pattern of approved) {
    const rule = ruleOf.get(pattern._id.toString());
    if (rule !== undefined && isStoppedSinceApproval(rule, pattern)) await finishSuspension(pattern, rule);
    else if (rule?.isEnabled === true) inForce.push({ pattern, rule });
  }
  const acts = await actsByRule(mailbox, inForce);
  let suspended = 0;
  for (const { pattern, rule } of inForce) {
    signal.throwIfAborted();
    const approvedRule = approvedRuleOf(mailbox, pattern, rule);
    const behavior = await behaviorTowards(mailbox, approvedRule, acts.get(rule._id.toString()) ?? []);
    const because = shouldSuspend(behavior);
    if (because !== undefined && (await suspendRule({ pattern, rule, because, now }))) suspended += 1;
  }
  return { suspended, heldBack: await heldBackSince(mailbox, new Date(now.getTime() - heldBackMs)) };
}

/** An approval later than the stop is on its way to the rule. */
function isStoppedSinceApproval({ suspendedAt }: PatternRule, { approvedAt }: StoredPattern): boolean {
  return suspendedAt !== undefined && (approvedAt === undefined || suspendedAt > approvedAt);
}

/** What each rule did since it was approved. */
async function actsByRule(
  mailbox: AnalyzedMailbox,
  inForce: readonly { readonly pattern: StoredPattern; readonly rule: PatternRule }[],
): Promise<ReadonlyMap<string, readonly RuleAct[]>> {
  const acts = new Map<string, RuleAct[]>();
  if (inForce.length === 0) return acts;
  const since = new Map(inForce.map(({ pattern, rule }) => [rule._id.toString(), beginOf(mailbox, pattern)]));
  const earliest = new Date(Math.min(...[...since.values()].map((at) => at.getTime())));
  for (const act of await readRuleActs(mailbox, [...since.keys()], earliest)) {
    const begin = since.get(act.ruleId);
    if (begin === undefined || act.at < begin) continue;
    const others = acts.get(act.ruleId);
    if (others === undefined) acts.set(act.ruleId, [act]);
    else others.push(act);
  }
  return acts;
}

function approvedRuleOf(mailbox: AnalyzedMailbox, pattern: StoredPattern, rule: PatternRule) {
  const actionType = judgedAction(rule)?.actionType ?? 'archive';
  return {
    conditions: rule.conditions,
    actions: rule.actions,
    approvedAt: beginOf(mailbox, pattern),
    threshold: pattern.threshold ?? thresholdOf(actionType, mailbox.aggressiveness),
  };
}

/** Since when a rule's acts count: with every approval it begins anew. */
function beginOf({ now }: AnalyzedMailbox, { approvedAt }: StoredPattern): Date {
  return new Date(Math.max(approvedAt?.getTime() ?? 0, now.getTime() - windowMs));
}

async function heldBackSince({ userId, mailboxId }: AnalyzedMailbox, since: Date): Promise<ReadonlySet<string>> {
  const stopped = await Rule.find(
    { userId, mailboxId, suspendedAt: mongoose.trusted({ $gte: since }) },
    'sourcePatternId',
  ).lean();
  return new Set(stopped.flatMap(({ sourcePatternId }) => sourcePatternId?.toString() ?? []));
}
