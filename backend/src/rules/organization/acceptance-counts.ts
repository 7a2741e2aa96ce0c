import { mayAct } from '../../models/fields/mail-access.ts';
import { Mailbox, User } from '../../models/index.ts';
import { isNotIn } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import { standingBy, type Standing } from './acceptance.ts';
import type { StoredRule } from '../stored-rule.ts';

/**
 * Numbers of connected mailboxes of active people, by what their owners answered. Names nobody. A mailbox that MSEDB only
 * looks at counts as `looking` alone, whatever its owner answered: the rule does nothing there.
 */
export type Acceptance = Readonly<Record<Standing | 'looking', number>>;

/**
 * Counts the answers to rules of the organization, by the id of the rule.
 * @throws AppError 503 too_much
 */
export async function countAnswers(rules: readonly StoredRule[]): Promise<ReadonlyMap<string, Acceptance>> {
  const asked = rules.filter(({ scope }) => scope === 'org');
  if (asked.length === 0) return new Map();
  const inactive = await User.distinct('_id', { isActive: false });
  const connected = { isConnected: true, userId: isNotIn(inactive) };
  const query = Mailbox.find(connected, 'access grantedScopes ruleAnswers').maxTimeMS(queryTimeoutMs).lean();
  const all = await withQueryTimeout(query.exec());
  const mailboxes = all.filter(mayAct);
  const total = mailboxes.length;
  const byId = new Map(asked.map((rule) => [rule._id.toHexString(), { rule, accepted: 0, declined: 0 }]));
  for (const answer of mailboxes.flatMap(({ ruleAnswers = [] }) => ruleAnswers)) {
    const counted = byId.get(answer.ruleId);
    const standing = counted === undefined ? 'open' : standingBy(counted.rule, answer);
    if (counted !== undefined && standing !== 'open') counted[standing] += 1;
  }
  return new Map(
    [...byId].map(([ruleId, { accepted, declined }]) => [
      ruleId,
      { accepted, declined, open: Math.max(0, total - accepted - declined), looking: all.length - total },
    ]),
  );
}
