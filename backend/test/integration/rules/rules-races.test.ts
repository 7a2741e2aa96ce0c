import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';
import { deleteAccount } from '../../../src/accounts/purge.ts';
import { changeRule } from '../../../src/rules/changes/change-rule.ts';
import { createRule } from '../../../src/rules/changes/create-rule.ts';
import { reinstateRule } from '../../../src/patterns/decisions/reinstate.ts';
import { withdrawApproval } from '../../../src/patterns/decisions/withdraw.ts';
import { removeRule } from '../../../src/rules/changes/remove-rule.ts';
import { reorderRules } from '../../../src/rules/changes/reorder-rules.ts';
import { completeRuleOrder } from '../../../src/rules/changes/complete-order.ts';
import { readOrdered } from '../../../src/rules/stored-rules.ts';
import { disableRule, enableRule } from '../../../src/rules/changes/switch-rule.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { AuditLog, Mailbox, models, Rule } from '../../../src/models/index.ts';
import { approvePattern } from '../../../src/patterns/decisions/approve.ts';
import type { Owner } from '../../factories/owner.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildUser } from '../../factories/user.ts';
import { useTestDatabase } from '../../harness/database.ts';
import { ownerWithFolders, patternRow, rulesOf, suggest } from '../patterns/decisions/decision-fixture.ts';

useTestDatabase(models);

const listOf = ({ userId, mailboxId }: Owner) => ({ scope: 'user', userId, mailboxId }) as const;

function make(owner: Owner, name: string) {
  const words = { name, conditions: { subjectContains: name }, actions: [{ actionType: 'archive' }] } as const;
  return createRule({ list: listOf(owner), words, isEnabled: true, by: owner.userId.toString() });
}

async function idsOf(owner: Owner): Promise<string[]> {
  return (await readOrdered(listOf(owner))).map(({ _id }) => _id.toString());
}

describe('rules that many change at once', () => {
  it('lose no change: each is a version of its own, and in the audit log', async () => {
    const owner = await ownerWithFolders();
    const rule = await make(owner, 'rule');
    const key = { userId: owner.userId.toString(), ruleId: rule._id.toString(), isAdmin: false };

    const names = Array.from({ length: 5 }, (_, index) => `name ${index}`);
    await Promise.all(names.map((name) => changeRule(key, { name }, () => undefined)));

    const rows = await AuditLog.find({ action: 'rule_updated', targetId: key.ruleId }).lean();
    const versions = rows.map(({ details }) => Number(Object(details?.['after'])['version']));
    expect(versions.toSorted((one, two) => one - two)).toEqual([2, 3, 4, 5, 6]);
    expect(await Rule.findById(rule._id).lean()).toMatchObject({ version: 6 });
  });

  it('end in one of the orders that were asked for, with what was made meanwhile last', async () => {
    const owner = await ownerWithFolders();
    for (const name of ['a', 'b', 'c', 'd']) await buildRule({ ...owner, name });
    const ids = await idsOf(owner);
    const orders = ids.map((_id, index) => [...ids.slice(index), ...ids.slice(0, index)].toReversed());
    const by = owner.userId.toString();

    const attempts = orders.map((ruleIds) => reorderRules({ list: listOf(owner), ruleIds, by }));
    const results = await Promise.allSettled([...attempts, make(owner, 'meanwhile')]);

    const after = await idsOf(owner);
    const [made] = await Rule.find({ ...owner, name: 'meanwhile' }).lean();
    expect(results.at(-1)?.status).toBe('fulfilled');
    expect(orders).toContainEqual(after.slice(0, 4));
    expect(after.slice(4)).toEqual([made?._id.toString()]);
    expect(await Mailbox.findById(owner.mailboxId).lean()).not.toHaveProperty('ruleOrder');
    const open = { ...owner, openSince: mongoose.trusted({ $exists: true }) };
    expect(await AuditLog.countDocuments(open)).toBe(0);
  });

  it('are in the order under way as soon as it is there, and whoever finds it finishes it', async () => {
    const owner = await ownerWithFolders();
    for (const name of ['a', 'b', 'c']) await buildRule({ ...owner, name, priority: 3 });
    const ids = (await idsOf(owner)).toReversed();
    await Mailbox.updateOne({ _id: owner.mailboxId }, { $set: { ruleOrder: { ids, at: new Date() } } });

    const before = await idsOf(owner);
    await Promise.all([1, 2, 3].map(() => completeRuleOrder(owner.mailboxId)));

    expect([before, await idsOf(owner)]).toEqual([ids, ids]);
    expect(await Mailbox.findById(owner.mailboxId).lean()).not.toHaveProperty('ruleOrder');
  });

  it('are on or off, never both, when somebody else says the opposite', async () => {
    const owner = await ownerWithFolders();
    const rule = await make(owner, 'rule');
    const key = { userId: owner.userId.toString(), ruleId: rule._id.toString(), isAdmin: false };

    await Promise.all([
      disableRule(key),
      enableRule(key, reinstateRule),
      disableRule(key),
      enableRule(key, reinstateRule),
    ]);

    const rows = await AuditLog.find({ action: 'rule_updated', targetId: key.ruleId }).lean();
    const after = await Rule.findById(rule._id).orFail().lean();
    expect(after.version).toBe(1 + rows.length);
    expect(rows.filter(({ openSince }) => openSince !== undefined)).toEqual([]);
  });

  it('that come from a pattern are deleted, or approved again, and the pattern says which', async () => {
    const owner = await ownerWithFolders();
    const key = await suggest(owner);
    await approvePattern(key);
    const [rule] = await rulesOf(key);
    const ruleKey = { userId: key.userId, ruleId: String(rule?._id), isAdmin: false };

    await Promise.allSettled([removeRule(ruleKey, withdrawApproval), approvePattern(key), approvePattern(key)]);

    const { status } = await patternRow(key);
    const rules = await rulesOf(key);
    expect(rules.map(({ isEnabled }) => isEnabled)).toEqual(status === 'approved' ? [true] : []);
  });
});

describe('an admin who deletes their account', () => {
  it('leaves the rules of the organization to another admin, and no word of themselves', async () => {
    const [ada, ben] = [await buildUser({ role: 'admin' }), await buildUser({ role: 'admin' })];
    const words = {
      name: 'org',
      conditions: { senderDomain: 'spam.example' },
      actions: [{ actionType: 'flag' }],
    } as const;
    const by = ada._id.toString();
    const { _id } = await createRule({ list: { scope: 'org' }, words, isEnabled: true, by });
    const own = await ownerWithFolders({ userId: ada._id });
    await make(own, 'own');

    await deleteAccount(by, {
      logger: createLogger({ level: 'error', style: 'readable' }),
      deleteSubscriptions: () => Promise.resolve(),
      handBackStaged: () => Promise.resolve({ left: 0 }),
      forgetInRedis: () => Promise.resolve(),
      refuseLastAdmin: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
    });

    const rule = await Rule.findById(_id).lean();
    expect(rule).toMatchObject({ scope: 'org', userId: ben._id, isEnabled: true });
    expect(rule).not.toHaveProperty('createdBy');
    expect(await Rule.countDocuments({ userId: ada._id })).toBe(0);
  });
});
