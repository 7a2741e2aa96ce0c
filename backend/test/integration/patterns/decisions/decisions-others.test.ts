import { beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { models, Rule } from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { bulkDecide } from '../../../../src/patterns/decisions/bulk.ts';
import { customizePattern } from '../../../../src/patterns/decisions/customize.ts';
import { rejectPattern } from '../../../../src/patterns/decisions/reject.ts';
import { withdrawApproval } from '../../../../src/patterns/decisions/withdraw.ts';
import type { Owner } from '../../../factories/owner.ts';
import { buildRule } from '../../../factories/rule.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { auditOf, ownerWithFolders, patternRow, rulesOf, suggest } from './decision-fixture.ts';

useTestDatabase(models);
let owner: Owner;
beforeAll(async () => {
  owner = await ownerWithFolders();
});

describe('rejecting a pattern', () => {
  it('keeps it from being suggested for 30 days', async () => {
    const key = await suggest(owner);

    await rejectPattern(key, { reason: 'I read these' });

    const { status, rejectedAt, rejectionCooldownUntil } = await patternRow(key);
    expect(status).toBe('rejected');
    expect(Number(rejectionCooldownUntil) - Number(rejectedAt)).toBe(30 * dayMs);
    expect(await auditOf(key)).toMatchObject([
      { action: 'pattern_rejected', details: { why: 'I read these', from: 'suggested', to: 'rejected' } },
    ]);
  });

  it('for ever lasts a hundred years, also when it was rejected for 30 days before', async () => {
    const key = await suggest(owner);
    await rejectPattern(key);

    const decided = [await rejectPattern(key), await rejectPattern(key, { never: true })];
    const again = [await rejectPattern(key, { never: true }), await rejectPattern(key)];

    expect([...decided, ...again].map(({ changed }) => changed)).toEqual([false, true, false, false]);
    const { rejectionCooldownUntil } = await patternRow(key);
    expect(Number(rejectionCooldownUntil) - Date.now()).toBeGreaterThan(99 * 365 * dayMs);
    expect((await auditOf(key)).map(({ details }) => [details['from'], details['to']])).toEqual([
      ['suggested', 'rejected'],
      ['rejected', 'rejected'],
    ]);
  });

  it('touches no rule but its own', async () => {
    const mailbox = await ownerWithFolders();
    const [key, other] = [await suggest(mailbox), await suggest(mailbox)];
    await approvePattern(other);
    await buildRule({ ...mailbox, conditions: { senderEmail: 'news@example.com' } });
    const before = await Rule.find(mailbox).lean();

    await rejectPattern(key);

    expect(await Rule.find(mailbox).lean()).toEqual(before);
  });

  it('leaves its own rule disabled', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    await withdrawApproval(key);
    await Rule.updateOne({ sourcePatternId: key.patternId }, { isEnabled: true });

    await rejectPattern(key);

    expect(await rulesOf(key)).toMatchObject([{ isEnabled: false }]);
  });
});

describe('customizing a pattern', () => {
  const customization = {
    name: 'Newsletters I read on Sundays',
    conditions: { senderDomain: 'example.com', fromFolder: 'inbox-id' },
    action: { actionType: 'move', toFolder: 'receipts-id' },
  } as const;

  it('approves it with the values of its owner, and the pattern goes on saying what was found', async () => {
    const key = await suggest(owner);
    const found = await patternRow(key);

    await customizePattern(key, customization);

    const { condition, suggestedAction, status } = await patternRow(key);
    expect({ condition, suggestedAction }).toEqual({
      condition: found.condition,
      suggestedAction: found.suggestedAction,
    });
    expect(status).toBe('approved');
    const { name, conditions, action } = customization;
    expect(await rulesOf(key)).toMatchObject([{ name, conditions, actions: [{ ...action, order: 0 }] }]);
    expect(await auditOf(key)).toMatchObject([
      { action: 'pattern_customized', details: { customized: ['name', 'conditions', 'action'], rule: customization } },
    ]);
  });

  it('takes what is left out as it was found', async () => {
    const key = await suggest(owner);

    await customizePattern(key, { action: { actionType: 'archive' } });

    expect(await rulesOf(key)).toMatchObject([
      {
        name: 'Archive mail of news@example.com',
        conditions: { senderEmail: 'news@example.com' },
        actions: [{ actionType: 'archive', order: 0 }],
      },
    ]);
  });

  it('the same way again changes nothing, another way is a conflict', async () => {
    const key = await suggest(owner);
    await customizePattern(key, customization);

    expect(await customizePattern(key, customization)).toMatchObject({ changed: false });
    await expect(customizePattern(key, { name: 'Another' })).rejects.toMatchObject({ code: 'illegal_transition' });
    expect(await auditOf(key)).toHaveLength(1);
  });

  it.each([
    { conditions: { senderEmail: 'news@example.com', fromFolder: 'gone-id' } },
    { action: { actionType: 'move', toFolder: 'gone-id' } as const },
  ])('refuses a folder that the mailbox does not have', async (wrong) => {
    const key = await suggest(owner);

    await expect(customizePattern(key, wrong)).rejects.toMatchObject({ status: 400, code: 'unknown_folder' });
    expect([await patternRow(key), await rulesOf(key), await auditOf(key)]).toMatchObject([
      { status: 'suggested' },
      [],
      [],
    ]);
  });
});

describe('decisions that meet', () => {
  it('end with a rule that is enabled exactly when the pattern is approved, and every change audited once', async () => {
    const keys = await Promise.all(Array.from({ length: 6 }, () => suggest(owner)));
    const meet = async (key: (typeof keys)[number]) => {
      const attempts = [
        approvePattern(key),
        withdrawApproval(key),
        approvePattern(key),
        customizePattern(key, { name: 'Mine' }),
        withdrawApproval(key),
        rejectPattern(key),
        approvePattern(key),
      ];
      const outcomes = await Promise.allSettled(attempts);
      return outcomes.filter(({ status, ...rest }) => status === 'fulfilled' && isChange(rest)).length;
    };

    const changes = await Promise.all(keys.map(meet));

    for (const [at, key] of keys.entries()) {
      const { status } = await patternRow(key);
      const rules = await rulesOf(key);
      expect(rules.length).toBeLessThanOrEqual(1);
      expect(rules.some(({ isEnabled }) => isEnabled)).toBe(status === 'approved');
      const lines = await auditOf(key);
      expect(lines.filter(({ details }) => details['finishedAt'] !== undefined)).toHaveLength(changes[at] ?? 0);
      expect(lines).toHaveLength(changes[at] ?? 0);
    }
  });
});

function isChange(outcome: object): boolean {
  return (
    'value' in outcome &&
    outcome.value instanceof Object &&
    'changed' in outcome.value &&
    outcome.value.changed === true
  );
}

describe('deciding about many', () => {
  it('gives each a result of its own, and takes an id that comes twice once', async () => {
    const [one, two, rejected] = [await suggest(owner), await suggest(owner), await suggest(owner)];
    await rejectPattern(rejected);
    const foreign = await suggest(await ownerWithFolders());
    const ids = [one, rejected, foreign, two, one].map(({ patternId }) => patternId);

    const results = await bulkDecide(one.userId, ids, { kind: 'approve' });

    expect(results).toMatchObject([
      { id: one.patternId, ok: true, status: 'approved' },
      { id: rejected.patternId, ok: false, code: 'illegal_transition' },
      { id: foreign.patternId, ok: false, code: 'not_found' },
      { id: two.patternId, ok: true, status: 'approved' },
    ]);
    expect(await auditOf(one)).toHaveLength(1);
  });
});
