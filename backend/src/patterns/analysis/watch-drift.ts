import { exists, since } from '../../models/store/query-operators.ts';
import { dayMs } from '../../lib/durations.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import { Pattern, Rule } from '../../models/index.ts';
import type { StoredPattern } from '../stored-pattern.ts';
import { hasProvenItself, shouldSuspend } from '../detection/drift.ts';
import { goodRate } from '../ladder/grid.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { BurstOf } from '../detection/bursts.ts';
import { readBursts } from './read-votes.ts';
import { behaviorTowards } from './behavior.ts';
import { readRuleExecutions, type RuleExecution } from './rule-executions.ts';
import { finishSuspension, type PatternRule, suspendRule } from './suspend.ts';

/** A pattern is not suggested for this time after its rule was suspended. */
const heldBackMs = 30 * dayMs;

export interface DriftReport {
  /** Number of rules that were suspended now. */
  readonly suspended: number;
  /** Ids of the patterns whose rule was suspended in the last 30 days. */
  readonly heldBack: ReadonlySet<string>;
}

/** Suspends the rules of approved patterns that the owner's recent behavior contradicts. */
export async function watchDrift(mailbox: AnalyzedMailbox, signal: AbortSignal): Promise<DriftReport> {
  const { userId, mailboxId, now } = mailbox;
  const heldBackFrom = new Date(now.getTime() - heldBackMs);
  const ofPatterns = { userId, mailboxId, sourcePatternId: exists() };
  const rules = await Rule.find(ofPatterns).lean<PatternRule[]>();
  const ruleOf = new Map(rules.map((rule) => [rule.sourcePatternId?.toString(), rule]));
  const approved = await Pattern.find({ userId, mailboxId, status: 'approved' }).lean<StoredPattern[]>();

  const inForce: { readonly pattern: StoredPattern; readonly rule: PatternRule }[] = [];
  for (const pattern of approved) {
    const rule = ruleOf.get(pattern._id.toString());
    if (rule !== undefined && isStoppedSinceApproval(rule, pattern)) await finishSuspension(pattern, rule);
    else if (rule?.isEnabled === true) inForce.push({ pattern, rule });
  }
  if (inForce.length === 0) return { suspended: 0, heldBack: await heldBackSince(mailbox, heldBackFrom) };
  const burstOf = await readBursts(mailbox, new Date(now.getTime() - eventRetentionMs));
  const executions = await executionsByRule({ ...mailbox, burstOf }, inForce);
  let suspended = 0;
  for (const { pattern, rule } of inForce) {
    signal.throwIfAborted();
    const approvedRule = approvedRuleOf(mailbox, pattern, rule);
    const behavior = await behaviorTowards(
      { ...mailbox, burstOf },
      approvedRule,
      executions.get(rule._id.toString()) ?? [],
    );
    const because = shouldSuspend(behavior);
    if (because === undefined && hasProvenItself(behavior)) await endLongStaging(rule);
    if (because !== undefined && (await suspendRule({ pattern, rule, because, now }))) suspended += 1;
  }
  return { suspended, heldBack: await heldBackSince(mailbox, heldBackFrom) };
}

/** Mail that a rule deletes waits for a week while it is likely only, and as usual once it has proven itself. */
async function endLongStaging({ _id, version, stagingHours }: PatternRule): Promise<void> {
  if (stagingHours !== undefined) await Rule.updateOne({ _id, version }, { $unset: { stagingHours: 1 } });
}

/** A later approval is about to enable the rule again. */
function isStoppedSinceApproval({ suspendedAt }: PatternRule, { approvedAt }: StoredPattern): boolean {
  return suspendedAt !== undefined && (approvedAt === undefined || suspendedAt > approvedAt);
}

/** Returns the actions of each rule since its approval. */
async function executionsByRule(
  mailbox: AnalyzedMailbox & { readonly burstOf: BurstOf },
  inForce: readonly { readonly pattern: StoredPattern; readonly rule: PatternRule }[],
): Promise<ReadonlyMap<string, readonly RuleExecution[]>> {
  const executions = new Map<string, RuleExecution[]>();
  const beginByRule = new Map(inForce.map(({ pattern, rule }) => [rule._id.toString(), beginOf(mailbox, pattern)]));
  const earliest = new Date(Math.min(...[...beginByRule.values()].map((at) => at.getTime())));
  for (const execution of await readRuleExecutions(mailbox, [...beginByRule.keys()], earliest)) {
    const begin = beginByRule.get(execution.ruleId);
    if (begin === undefined || execution.at < mailbox.inGraphTime(begin)) continue;
    const others = executions.get(execution.ruleId);
    if (others === undefined) executions.set(execution.ruleId, [execution]);
    else others.push(execution);
  }
  return executions;
}

function approvedRuleOf(mailbox: AnalyzedMailbox, pattern: StoredPattern, rule: PatternRule) {
  return {
    conditions: rule.conditions,
    actions: rule.actions,
    approvedAt: beginOf(mailbox, pattern),
    threshold: goodRate * 100,
  };
}

/** Returns the time from which a rule's actions count: its last approval, at most the retention of events ago. */
function beginOf({ now }: AnalyzedMailbox, { approvedAt }: StoredPattern): Date {
  return new Date(Math.max(approvedAt?.getTime() ?? 0, now.getTime() - eventRetentionMs));
}

async function heldBackSince({ userId, mailboxId }: AnalyzedMailbox, start: Date): Promise<ReadonlySet<string>> {
  const stopped = await Rule.find({ userId, mailboxId, suspendedAt: since(start) }, 'sourcePatternId').lean();
  return new Set(stopped.flatMap(({ sourcePatternId }) => sourcePatternId?.toString() ?? []));
}
