import { Mailbox, User } from '../../models/index.ts';
import { exists, isNotIn } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import { standingBy, type Standing } from './acceptance.ts';
import type { StoredRule } from '../stored-rule.ts';

/** Numbers of connected mailboxes of active people, by what their owners answered. Names nobody. */
export type Acceptance = Readonly<Record<Standing, number>>;

/**
 * Counts the answers to rules of the organization, by the id of the rule.
 * @throws AppError 503 too_much
 */
export async function countAnswers(rules: readonly StoredRule[]): Promise<ReadonlyMap<string, Acceptance>> {
  const asked = rules.filter(({ scope }) => scope === 'org');
  if (asked.length === 0) return new Map();
  const inactive = await User.distinct('_id', { isActive: false });
  const connected = { isConnected: true, userId: isNotIn(inactive) };
  const answered = Mailbox.find({ ...connected, 'ruleAnswers.ruleId': exists() }, 'ruleAnswers');
  const [total, mailboxes] = await Promise.all([
    Mailbox.countDocuments(connected),
    withQueryTimeout(answered.maxTimeMS(queryTimeoutMs).lean().exec()),
  ]);
  const byId = new Map(asked.map((rule) => [rule._id.toHexString(), { rule, accepted: 0, declined: 0 }]));
  for (const answer of mailboxes.flatMap(({ ruleAnswers = [] }) => ruleAnswers)) {
    const counted = byId.get(answer.ruleId);
    const standing = counted === undefined ? 'open' : standingBy(counted.rule, answer);
    if (counted !== undefined && standing !== 'open') counted[standing] += 1;
  }
  return new Map(
    [...byId].map(([ruleId, { accepted, declined }]) => [
      ruleId,
      { accepted, declined, open: Math.max(0, total - accepted - declined) },
    ]),
  );
}
