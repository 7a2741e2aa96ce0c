import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, buildIndexes, models, Pattern } from '../../../../src/models/index.ts';
import { underWayMs } from '../../../../src/models/store/intent-log.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { adoptOlderDecisions, openDecision } from '../../../../src/patterns/decisions/decision-log.ts';
import { recoverDecisions } from '../../../../src/patterns/decisions/recover-decisions.ts';
import type { PatternKey } from '../../../../src/patterns/stored-pattern.ts';
import type { Owner } from '../../../factories/owner.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { auditOf, ownerWithFolders, patternRow, rulesOf, suggest } from './decision-fixture.ts';

let database: TestDatabase;
let owner: Owner;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  owner = await ownerWithFolders();
});
afterAll(() => database.drop());

const rule = {
  name: 'Move mail of news@example.com to Reading',
  conditions: { senderEmail: 'news@example.com' },
  action: { actionType: 'move', toFolder: 'reading-id' },
} as const;

/** An approval in the form of an older version, which a crash cut off before or after the pattern changed. */
async function interruptedApproval({ tookEffect }: { readonly tookEffect: boolean }): Promise<PatternKey> {
  const key = await suggest(owner);
  const pattern = await patternRow(key);
  const intent = { action: 'pattern_approved', to: 'approved', facts: { why: 'Approved', rule } } as const;
  const approvedAt = await openDecision(pattern, intent, Date.now());
  if (tookEffect) await Pattern.updateOne({ _id: key.patternId }, { $set: { status: 'approved', approvedAt } });
  await AuditLog.updateOne({ targetId: key.patternId }, { $unset: { openSince: 1 } });
  return key;
}

const rowOf = (key: PatternKey) => AuditLog.findOne({ targetId: key.patternId }).lean();

describe('a decision that an older version left open', () => {
  it('is completed by recovery when it took effect', async () => {
    const key = await interruptedApproval({ tookEffect: true });

    await adoptOlderDecisions();
    const report = await recoverDecisions(Date.now());

    expect(report).toEqual({ finished: 1, dropped: 0 });
    expect(await rulesOf(key)).toMatchObject([{ isEnabled: true }]);
    expect(await rowOf(key)).toMatchObject({ details: { finishedAt: expect.any(Date) } });
    expect(await rowOf(key)).not.toHaveProperty('openSince');
  });

  it('is dropped when it did not take effect, as soon as it cannot be under way', async () => {
    const key = await interruptedApproval({ tookEffect: false });

    await adoptOlderDecisions();
    const early = await recoverDecisions(Date.now());
    const late = await recoverDecisions(Date.now() + underWayMs + 1);

    expect([early.dropped, late.dropped]).toEqual([0, 1]);
    expect(await rowOf(key)).toBeNull();
  });

  it('is completed and closed by the next decision without being adopted before', async () => {
    const key = await interruptedApproval({ tookEffect: true });

    const { changed } = await approvePattern(key);

    expect(changed).toBe(false);
    expect(await rulesOf(key)).toMatchObject([{ isEnabled: true }]);
    expect(await auditOf(key)).toMatchObject([{ details: { finishedAt: expect.any(Date) } }]);
    expect(await rowOf(key)).not.toHaveProperty('openSince');
  });

  it('is told from one that was finished', async () => {
    const key = await suggest(owner);
    await approvePattern(key);
    const before = await rowOf(key);

    await adoptOlderDecisions();

    expect(await rowOf(key)).toEqual(before);
  });
});
