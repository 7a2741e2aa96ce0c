import type { z } from 'zod';
import type { Caller } from '../../http/authenticate.ts';
import { Mailbox } from '../../models/index.ts';
import { countRuleMonths } from '../../automation/audit/rule-month.ts';
import { readActiveRuns } from '../../automation/runs/list-runs.ts';
import { readFolderNames } from '../../observation/reports/folder-names.ts';
import { countAnswers } from '../../rules/organization/acceptance-counts.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { readSuspensions } from '../../rules/places/suspensions.ts';
import { presentRule, type ruleResponse } from './rules.presenter.ts';

type ShownTo = Pick<Caller, 'userId' | 'role'>;

/** Presents rules to a user. Only admins see how many owners have accepted those of the organization. */
export async function presentRules(
  { userId, role }: ShownTo,
  rules: readonly StoredRule[],
): Promise<z.output<typeof ruleResponse>[]> {
  const mailboxIds = rules.flatMap(({ mailboxId }) => mailboxId?.toString() ?? []);
  const ruleIds = rules.map(({ _id }) => _id);
  const [nameOf, suspensions, mailboxes, acceptance, months, activeRuns] = await Promise.all([
    readFolderNames(userId, mailboxIds),
    readSuspensions(userId),
    Mailbox.find({ userId }, 'ruleAnswers').sort({ _id: 1 }).lean(),
    role === 'admin' ? countAnswers(rules) : new Map(),
    countRuleMonths(userId, ruleIds, Date.now()),
    readActiveRuns(userId, ruleIds),
  ]);
  const facts = { nameOf, suspensions, mailboxes, acceptance, months, activeRuns };
  return rules.map((rule) => presentRule(rule, facts));
}

/** Presents one rule to a user. */
export async function presentOne(caller: ShownTo, rule: StoredRule): Promise<z.output<typeof ruleResponse>> {
  const [shown] = await presentRules(caller, [rule]);
  if (shown === undefined) throw new Error('A rule was not presented');
  return shown;
}
