import { beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, models, Pattern, Rule } from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { customizePattern } from '../../../../src/patterns/decisions/customize.ts';
import { recoverDecisions } from '../../../../src/patterns/decisions/recover-decisions.ts';
import { withdrawApproval } from '../../../../src/patterns/decisions/withdraw.ts';
import type { Owner } from '../../../factories/owner.ts';
import { buildRule } from '../../../factories/rule.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { auditOf, ownerWithFolders, patternRow, rulesOf, suggest } from './decision-fixture.ts';

const move = { actionType: 'move', toFolder: 'reading-id', order: 0 };

useTestDatabase(models);
let owner: Owner;
beforeAll(async () => {
  owner = await ownerWithFolders();
});

describe('approving a pattern', () => {
  it('makes one enabled rule that says what was found, under a readable name', async () => {
    const key = await suggest(owner, { condition: { senderDomain: 'example.com', isNewsletter: true } });

    const { changed } = await approvePattern(key);

    expect(changed).toBe(true);
    expect(await patternRow(key)).toMatchObject({ status: 'approved', approvedAt: expect.any(Date) });
    expect(await rulesOf(key)).toMatchObject([
      {
        ...owner,
        name: 'Move newsletters of example.com to Reading',
        isEnabled: true,
        version: 1,
        conditions: { senderDomain: 'example.com', isNewsletter: true },
        actions: [move],
        createdBy: owner.userId,
      },
    ]);
  });

  it('is audited once, with who, why, from where to where, and the numbers at that moment', async () => {
    const key = await suggest(owner);
    const before = Date.now();

    await approvePattern(key);
    await Pattern.updateOne({ _id: key.patternId }, { confidence: 40 });
    await approvePattern(key);

    const { approvedAt } = await patternRow(key);
    expect(await auditOf(key)).toMatchObject([
      {
        action: 'pattern_approved',
        details: {
          by: 'owner',
          why: 'Approved as it was found',
          from: 'suggested',
          to: 'approved',
          at: approvedAt,
          numbers: { confidence: 91.5, sampleSize: 50, exceptionCount: 1, threshold: 75 },
          rule: { name: 'Move mail of news@example.com to Reading' },
          finishedAt: expect.any(Date),
        },
      },
    ]);
    const rows = await AuditLog.find({ targetId: key.patternId }).lean();
    expect(rows.map(({ userId, mailboxId }) => ({ userId, mailboxId }))).toEqual([owner]);
    expect(approvedAt?.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('a second time is a success that changes nothing', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    const before = [await patternRow(key), await rulesOf(key), await auditOf(key)];

    const { changed } = await approvePattern(key);

    expect(changed).toBe(false);
    expect([await patternRow(key), await rulesOf(key), await auditOf(key)]).toEqual(before);
  });

  it('twenty times at once makes one rule and one entry of the audit log', async () => {
    const key = await suggest(owner);

    const decided = await Promise.all(Array.from({ length: 20 }, () => approvePattern(key)));

    expect(decided.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await rulesOf(key)).toMatchObject([{ isEnabled: true }]);
    expect((await auditOf(key)).map(({ action }) => action)).toEqual(['pattern_approved']);
  });

  it('puts the new rule after those that the mailbox has', async () => {
    const another = await ownerWithFolders();
    await buildRule({ ...another, priority: 7, isEnabled: false });
    await buildRule({ ...another, priority: 3 });
    const [first, second] = [await suggest(another), await suggest(another)];

    await approvePattern(first);
    await approvePattern(second);

    expect([...(await rulesOf(first)), ...(await rulesOf(second))].map(({ priority }) => priority)).toEqual([8, 9]);
  });

  it('leaves a rule that its owner disabled as it is', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    await Rule.updateOne({ sourcePatternId: key.patternId }, { isEnabled: false });

    await approvePattern(key);
    await recoverDecisions(Date.now());

    expect(await rulesOf(key)).toMatchObject([{ isEnabled: false }]);
  });

  it('makes a rule again that is missing', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    await Rule.deleteOne({ sourcePatternId: key.patternId });

    await approvePattern(key);

    expect(await rulesOf(key)).toMatchObject([{ isEnabled: true, actions: [move] }]);
    expect(await auditOf(key)).toHaveLength(1);
  });

  it("of somebody else's is not found", async () => {
    const key = await suggest(owner);
    const { userId } = await ownerWithFolders();

    const attempt = approvePattern({ ...key, userId: userId.toString() });

    await expect(attempt).rejects.toMatchObject({ status: 404 });
    expect(await patternRow(key)).toMatchObject({ status: 'suggested' });
  });

  it.each(['detected', 'rejected', 'expired'] as const)('that is %s says what is possible instead', async (status) => {
    const key = await suggest(owner, { status });

    const attempt = approvePattern(key);

    await expect(attempt).rejects.toMatchObject({ status: 409, code: 'illegal_transition' });
    await expect(attempt).rejects.toThrow(new RegExp(`${status}.*approved.*suggested`));
    expect([await rulesOf(key), await auditOf(key)]).toEqual([[], []]);
  });
});

describe('withdrawing an approval', () => {
  it('disables the rule, and approving again enables the same one with the words it has now', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    const [rule] = await rulesOf(key);

    await withdrawApproval(key);
    const withdrawn = { pattern: await patternRow(key), rules: await rulesOf(key) };
    const toReceipts = { actionType: 'move', toFolder: 'receipts-id' } as const;
    await Pattern.updateOne({ _id: key.patternId }, { suggestedAction: toReceipts });
    await Rule.updateOne({ sourcePatternId: key.patternId }, { suspendedAt: new Date(), suspendedReason: 'reversed' });
    await approvePattern(key);

    expect(withdrawn).toMatchObject({ pattern: { status: 'suggested' }, rules: [{ isEnabled: false }] });
    const [after] = await rulesOf(key);
    expect(after).toMatchObject({
      _id: rule?._id,
      name: 'Move mail of news@example.com to Receipts',
      isEnabled: true,
      version: 3,
      priority: rule?.priority,
      actions: [{ ...toReceipts, order: 0 }],
    });
    expect(after).not.toHaveProperty('suspendedAt');
    expect((await auditOf(key)).map(({ action }) => action)).toEqual([
      'pattern_approved',
      'pattern_withdrawn',
      'pattern_approved',
    ]);
  });

  it('a second time changes nothing, and what was never approved cannot be withdrawn', async () => {
    const [key, never] = [await suggest(owner), await suggest(owner)];
    await approvePattern(key);
    await withdrawApproval(key);

    expect(await withdrawApproval(key)).toMatchObject({ changed: false });
    await expect(withdrawApproval(never)).rejects.toMatchObject({ code: 'illegal_transition' });
    expect([await auditOf(key), await auditOf(never)].map(({ length }) => length)).toEqual([2, 0]);
  });
});

describe('a deletion that is likely only', () => {
  const likely = { tier: 'likely', patternType: 'sender', suggestedAction: { actionType: 'delete' } } as const;

  it('lets mail wait for a week, unless its owner has given it another form', async () => {
    const asFound = await suggest(owner, likely);
    const sure = await suggest(owner, { ...likely, tier: 'sure', key: 'sure' });
    const customized = await suggest(owner, { ...likely, key: 'customized' });
    await approvePattern(asFound);
    await approvePattern(sure);
    await customizePattern(customized, { conditions: { senderEmail: 'other@example.com' } });

    expect(await rulesOf(asFound)).toMatchObject([{ isEnabled: true, stagingHours: 168 }]);
    for (const key of [sure, customized]) expect((await rulesOf(key))[0]?.stagingHours).toBeUndefined();
  });
});
