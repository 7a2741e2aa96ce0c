import { eventRetentionMs } from '../../lib/retention.ts';
import { groupBy } from '../../lib/group-by.ts';
import { Rule } from '../../models/index.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { missing } from '../../models/store/query-operators.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { isOftenContradicted } from '../detection/drift.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { readBursts } from './read-votes.ts';
import { onePerReversal, readRuleExecutions, type RuleExecution } from './rule-executions.ts';

/**
 * Watches the rules that their owner has written: one that they reverse again and again is their own word, so it goes on,
 * and its owner is told, once for each version of the rule.
 * @returns the number of such rules
 */
export async function watchOwnRules(mailbox: AnalyzedMailbox): Promise<number> {
  const { userId, mailboxId, now } = mailbox;
  const filter = { userId, mailboxId, scope: 'user', isEnabled: true, sourcePatternId: missing() } as const;
  const rules = await Rule.find(filter).lean<StoredRule[]>();
  if (rules.length === 0) return 0;
  const start = new Date(now.getTime() - eventRetentionMs);
  const ids = rules.map(({ _id }) => _id.toHexString());
  const executions = await readRuleExecutions({ ...mailbox, burstOf: await readBursts(mailbox, start) }, ids, start);
  const byRule = groupBy(executions, ({ ruleId }) => ruleId);
  let reversed = 0;
  for (const rule of rules) {
    if (!isReversed(byRule.get(rule._id.toHexString()) ?? [], mailbox.inGraphTime(rule.updatedAt))) continue;
    reversed += 1;
    await tell(mailbox, rule);
  }
  return reversed;
}

/** Only what the rule did as it is now counts. */
function isReversed(executions: readonly RuleExecution[], since: Date): boolean {
  const current = onePerReversal(executions.filter(({ at }) => at >= since));
  const inOrder = current.toSorted((one, two) => one.at.getTime() - two.at.getTime());
  return isOftenContradicted(inOrder.map(({ isContradicted }) => isContradicted));
}

async function tell({ userId, mailboxId }: AnalyzedMailbox, { _id, name, version }: StoredRule): Promise<void> {
  await notifyOnce(deterministicId(_id.getTimestamp(), ['reversed', _id.toHexString(), String(version)]), {
    userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: 'normal',
    title: 'You reverse what a rule does',
    message:
      `You reversed at least 3 of the last 10 actions of your rule “${name}”. It goes on, because you wrote it: ` +
      'change it, or switch it off, if it is not right any more.',
    relatedEntity: { entityType: 'rule', entityId: _id },
  });
}
