import { isDeepStrictEqual } from 'node:util';
import { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { Mailbox } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { StoredRule } from '../stored-rule.ts';
import type { RuleList } from '../rule-priority.ts';
import { busy } from './change-rule.ts';
import { completeRuleOrder, orderIntentId, writePriorities } from './complete-order.ts';
import { readOrdered } from '../stored-rules.ts';
import { missing } from '../../models/store/query-operators.ts';

const maxAttempts = 10;
const shownFaults = 20;

interface NewOrder {
  readonly list: RuleList;
  /** Ids of all rules of the list, each once. */
  readonly ruleIds: readonly string[];
  /** Id of the user, or of the admin, who orders them. */
  readonly by: string;
}

/**
 * Puts all rules of a mailbox, or of the organization, in an order. A rule that is created meanwhile comes last.
 * @returns the rules in their order
 * @throws AppError 400 incomplete_order when not exactly the rules of the list are named, each once; 503 busy
 */
export async function reorderRules(order: NewOrder): Promise<StoredRule[]> {
  const { list, ruleIds } = order;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (list.scope === 'user') await completeRuleOrder(list.mailboxId);
    const rules = await readOrdered(list);
    const before = rules.map(({ _id }) => _id.toString());
    requireAll(before, ruleIds);
    if (isDeepStrictEqual(before, [...ruleIds])) return rules;
    const isDone =
      list.scope === 'user'
        ? await orderMailbox({ ...order, before, mailboxId: new Types.ObjectId(list.mailboxId) })
        : await orderOrganization({ ...order, before });
    if (isDone) return readOrdered(list);
  }
  throw busy();
}

function requireAll(known: readonly string[], given: readonly string[]): void {
  const [knownIds, givenIds] = [new Set(known), new Set(given)];
  const seen = new Set<string>();
  const repeated = given.filter((id) => seen.size === seen.add(id).size);
  const faults = [
    ...tell(
      'missing',
      known.filter((id) => !givenIds.has(id)),
    ),
    ...tell(
      'not a rule of this list',
      [...givenIds].filter((id) => !knownIds.has(id)),
    ),
    ...tell('named more than once', [...new Set(repeated)]),
  ];
  if (faults.length === 0) return;
  const message = faults.join('; ');
  throw new AppError(400, 'incomplete_order', `ruleIds: ${message}`, { fields: [{ path: ['ruleIds'], message }] });
}

function tell(what: string, ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const others = ids.length > shownFaults ? ` and ${ids.length - shownFaults} more` : '';
  return [`${what}: ${ids.slice(0, shownFaults).join(', ')}${others}`];
}

interface ChangedOrder extends NewOrder {
  readonly before: readonly string[];
}

/** One write puts the order in force; any process can then write it into the priorities. */
async function orderMailbox({
  mailboxId,
  ruleIds,
  before,
  by,
}: ChangedOrder & { readonly mailboxId: Types.ObjectId }): Promise<boolean> {
  const at = new Date();
  const ruleOrder = { ids: [...ruleIds], at };
  const intent = {
    _id: orderIntentId(mailboxId, at),
    userId: by,
    mailboxId,
    action: 'rules_reordered',
    targetType: 'mailbox',
    targetId: mailboxId.toString(),
    details: { by: 'owner', at, before, after: ruleIds, why: 'Put in another order by hand' },
  } as const;
  try {
    const done = await withIntent(intent, async () => {
      const noneUnderWay = { _id: mailboxId, userId: by, ruleOrder: missing() };
      const { matchedCount } = await Mailbox.updateOne(noneUnderWay, { $set: { ruleOrder } });
      if (matchedCount === 0) return undefined;
      await completeRuleOrder(mailboxId);
      return true;
    });
    return done === true;
  } catch (error) {
    // another request has ordered them in the same millisecond
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Writes all priorities with one request to the store. */
async function orderOrganization({ list, ruleIds, before, by }: ChangedOrder): Promise<boolean> {
  const intent = {
    userId: by,
    action: 'rules_reordered',
    targetType: 'settings',
    targetId: 'organisation',
    details: { by: 'admin', scope: 'org', before, after: ruleIds, why: 'Put in another order by hand' },
  } as const;
  const rules = ruleIds.map((id) => ({ _id: new Types.ObjectId(id) }));
  await withIntent(intent, async () => {
    await writePriorities(rules, list);
    return true;
  });
  return true;
}
