import { isDeepStrictEqual } from 'node:util';
import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { bulkWrite } from '../../models/store/bulk-write.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { closeIntent } from '../../models/store/intent-log.ts';
import { Mailbox, Rule } from '../../models/index.ts';
import type { StoredRule } from '../stored-rule.ts';
import { nextPriority, type RuleList } from '../rule-priority.ts';
import { orderedRules } from '../order.ts';

const maxAttempts = 10;

/**
 * Writes an order that is under way into the priorities of a mailbox's rules, and closes its intent. Any number of
 * processes may do it at once, and late. Does nothing if no order is under way.
 * @throws AppError 503 busy if rules are created and deleted all the time
 */
export async function completeRuleOrder(mailboxId: string | Types.ObjectId): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const mailbox = await Mailbox.findById(mailboxId, 'userId ruleOrder').lean();
    if (mailbox?.ruleOrder === undefined) return;
    const { userId, _id, ruleOrder } = mailbox;
    const list = { scope: 'user', userId, mailboxId: _id } as const;
    const rules = await Rule.find(list, 'scope priority').lean<StoredRule[]>();
    const inForce = orderedRules(rules, ruleOrder);
    if (isDeepStrictEqual(inForce, orderedRules(rules, undefined))) {
      await closeIntent(orderIntentId(_id, ruleOrder.at));
      await Mailbox.updateOne({ _id, 'ruleOrder.at': ruleOrder.at }, { $unset: { ruleOrder: 1 } });
      return;
    }
    await writePriorities(inForce, list);
  }
  throw new AppError(503, 'busy', 'These rules are being changed concurrently: try again');
}

/** Returns the id of the intent to put the rules of a mailbox in an order. */
export function orderIntentId(mailboxId: Types.ObjectId, at: Date): Types.ObjectId {
  return occasionId(at, ['rules', mailboxId.toString()]);
}

/**
 * Gives rules new priorities with one request. They are above all earlier ones, and none is ever lowered: a late writer
 * of an order that was replaced changes nothing.
 */
export async function writePriorities(rules: readonly Pick<StoredRule, '_id'>[], list: RuleList): Promise<void> {
  const first = await nextPriority(list);
  await bulkWrite(
    Rule.collection,
    rules.map(({ _id }, index) => ({
      updateOne: {
        filter: { _id, priority: { $lt: first + index } },
        update: { $set: { priority: first + index } },
      },
    })),
  );
}
