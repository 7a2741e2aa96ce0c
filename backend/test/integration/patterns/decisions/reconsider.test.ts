import { describe, expect, it } from 'vitest';
import { models, Notification, Pattern } from '../../../../src/models/index.ts';
import { reconsiderPattern } from '../../../../src/patterns/decisions/reconsider.ts';
import { rejectPattern } from '../../../../src/patterns/decisions/reject.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { analyze, buildWatchedMailbox, habit, history, now, recordMail } from '../analysis/analysis-fixture.ts';
import { auditOf, patternRow } from './decision-fixture.ts';

useTestDatabase(models);

describe('a rejection that is taken back', () => {
  it('makes a suggestion again at once, which is no news to its owner', async () => {
    const owner = await buildWatchedMailbox();
    await recordMail(owner, [...habit({ from: 'news@letters.example', doing: 'deleted', times: 30 }), ...history()]);
    await analyze(owner.mailboxId, { at: now - 60_000 });
    const { _id } = await Pattern.findOne(owner).lean().orFail();
    const key = { userId: owner.userId.toString(), patternId: _id.toString() };
    await rejectPattern(key, { never: true });

    const first = await reconsiderPattern(key);
    const again = await reconsiderPattern(key);
    await analyze(owner.mailboxId, { at: Date.now() + 60_000, full: true });

    expect([first.changed, again.changed]).toEqual([true, false]);
    const row = await patternRow(key);
    expect(row).toMatchObject({ status: 'suggested' });
    expect(row.rejectionCooldownUntil).toBeUndefined();
    const actions = (await auditOf(key)).map(({ action }) => action);
    expect(actions).toEqual(['pattern_suggested', 'pattern_rejected', 'pattern_reconsidered']);
    expect(await Notification.countDocuments({ userId: owner.userId, type: 'pattern_detected' })).toBe(1);
  });
});
