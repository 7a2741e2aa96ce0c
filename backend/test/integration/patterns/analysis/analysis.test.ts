import mongoose from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import {
  AuditLog,
  EmailEvent,
  Mailbox,
  models,
  Notification,
  OrgSettings,
  Pattern,
} from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { rejectPattern } from '../../../../src/patterns/decisions/reject.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import {
  analyze,
  buildWatchedMailbox,
  daysAgo,
  habit,
  history,
  mailboxRow,
  now,
  recordMail,
} from './analysis-fixture.ts';

const from = 'news@letters.example';
const deletes = { from, doing: 'deleted', times: 30 } as const;

useTestDatabase(models);
let owner: Owner;
beforeEach(async () => {
  owner = await buildWatchedMailbox();
});

const patterns = () => Pattern.find(owner).sort({ key: 1 }).lean();
const only = async () => {
  const [pattern, ...others] = await patterns();
  if (pattern === undefined || others.length > 0) throw new Error(`There are ${others.length + 1} patterns or none`);
  return pattern;
};
const audited = async () => {
  const rows = await AuditLog.find({ ...owner, targetType: 'pattern' })
    .sort({ createdAt: 1, _id: 1 })
    .lean();
  return rows.map(({ action }) => action);
};
const notes = () => Notification.find({ userId: owner.userId }).lean();

describe('an analysis', () => {
  it('finds nothing in what the owner does with mail of their own', async () => {
    const { email } = await mailboxRow(owner);
    await recordMail(owner, [...habit({ ...deletes, from: email }), ...history()]);

    expect(await analyze(owner.mailboxId)).toMatchObject({ outcome: 'analyzed', suggested: 0, detected: 0 });
    expect(await patterns()).toEqual([]);
  });

  it('makes a suggestion of what the owner does again and again, and says so once', async () => {
    await recordMail(owner, [...habit(deletes), { from, doing: 'left', at: daysAgo(20) }, ...history()]);

    const report = await analyze(owner.mailboxId);

    expect(report).toMatchObject({ outcome: 'analyzed', scope: 'whole', votes: 32, suggested: 1, expired: 0 });
    expect(await only()).toMatchObject({
      patternType: 'sender',
      status: 'suggested',
      sampleSize: 31,
      exceptionCount: 1,
      condition: { senderEmail: from },
      suggestedAction: { actionType: 'delete' },
      suggestedAt: new Date(now),
      lastAnalyzedAt: new Date(now),
      evidence: expect.arrayContaining([expect.objectContaining({ isException: true, action: 'left' })]),
    });
    expect(await audited()).toEqual(['pattern_suggested']);
    expect(await notes()).toEqual([
      expect.objectContaining({ type: 'pattern_detected', title: '1 new suggestion', isRead: false }),
    ]);
    expect(await mailboxRow(owner)).toMatchObject({
      lastAnalyzedAt: new Date(now),
      analysis: { fullAt: new Date(now) },
    });
  });

  it('changes nothing when it is repeated, also after a crash before its end', async () => {
    await recordMail(owner, [...habit(deletes), ...habit({ ...deletes, from: 'b@b.example' }), ...history()]);
    await analyze(owner.mailboxId);
    const before = await patterns();

    await Mailbox.updateOne({ _id: owner.mailboxId }, { $unset: { lastAnalyzedAt: 1, analysis: 1 } });
    await analyze(owner.mailboxId, { at: now + 60_000 });

    expect(await patterns()).toEqual(
      before.map((row) => ({ ...row, lastAnalyzedAt: new Date(now + 60_000), updatedAt: expect.any(Date) })),
    );
    expect(await audited()).toEqual(['pattern_suggested', 'pattern_suggested']);
    expect(await notes()).toEqual([expect.objectContaining({ title: '2 new suggestions' })]);
  });

  it('makes one row, one entry and one notification of what several find at once', async () => {
    await recordMail(owner, [...habit(deletes), ...habit({ ...deletes, from: 'b@b.example' }), ...history()]);

    await Promise.all(Array.from({ length: 4 }, () => analyze(owner.mailboxId)));

    expect((await patterns()).map(({ status }) => status)).toEqual(['suggested', 'suggested']);
    expect(await audited()).toEqual(['pattern_suggested', 'pattern_suggested']);
    expect(await notes()).toHaveLength(1);
  });

  it('keeps to what the owner decided meanwhile', async () => {
    await recordMail(owner, [...habit(deletes), ...history()]);
    await analyze(owner.mailboxId);
    const { _id } = await only();
    const key = { userId: owner.userId.toString(), patternId: _id.toString() };
    await EmailEvent.deleteMany({ ...owner, 'sender.email': from });

    const reading = analyze(owner.mailboxId, {
      full: true,
      at: now + dayMs,
      deps: {
        readHabits: async () => {
          await approvePattern(key);
          return { outcome: 'read', habits: { correspondents: new Set(), inboxRules: [] } };
        },
      },
    });

    await expect(reading).resolves.toMatchObject({ expired: 0 });
    expect(await only()).toMatchObject({ status: 'approved', sampleSize: 30 });
  });

  it('lets a suggestion expire that does not hold any more, and makes it again when it does', async () => {
    await recordMail(owner, [...habit({ ...deletes, newestDaysAgo: 9 }), ...history()]);
    await analyze(owner.mailboxId);

    await recordMail(owner, habit({ from, doing: 'left', times: 12, newestDaysAgo: 1.2 }));
    await analyze(owner.mailboxId, { at: now + dayMs });
    expect(await only()).toMatchObject({ status: 'expired', expiredAt: new Date(now + dayMs) });

    await EmailEvent.deleteMany({ ...owner, receivedAt: mongoose.trusted({ $gte: daysAgo(8.9) }) });
    await analyze(owner.mailboxId, { at: now + 2 * dayMs, full: true });
    expect(await only()).toMatchObject({ status: 'suggested', suggestedAt: new Date(now + 2 * dayMs) });

    expect(await audited()).toEqual(['pattern_suggested', 'pattern_expired', 'pattern_suggested']);
    expect(await notes()).toHaveLength(2);
  });

  it('leaves a rejected pattern alone until its cooldown ends', async () => {
    await recordMail(owner, [...habit(deletes), ...history()]);
    await analyze(owner.mailboxId);
    const { _id } = await only();
    await rejectPattern({ userId: owner.userId.toString(), patternId: _id.toString() });

    await analyze(owner.mailboxId, { at: now + dayMs, full: true });
    expect(await only()).toMatchObject({ status: 'rejected' });

    await Pattern.updateOne({ _id }, { $set: { rejectionCooldownUntil: new Date(now + dayMs) } });
    await analyze(owner.mailboxId, { at: now + 2 * dayMs, full: true });
    expect(await only()).toMatchObject({ status: 'suggested' });
  });

  it('waits for two weeks of mail, and then reads the whole mailbox', async () => {
    await recordMail(owner, habit({ ...deletes, times: 20 }));

    expect(await analyze(owner.mailboxId)).toMatchObject({ found: 0 });
    expect(await analyze(owner.mailboxId, { at: now + dayMs })).toMatchObject({ scope: 'whole', found: 0 });
    await recordMail(owner, history());

    expect(await analyze(owner.mailboxId, { at: now + 2 * dayMs })).toMatchObject({ scope: 'whole', suggested: 1 });
  });

  it('asks for more before it suggests to a cautious owner, and for less to a bold one', async () => {
    const numbers = [];
    for (const aggressiveness of ['conservative', 'moderate', 'aggressive'] as const) {
      owner = await buildWatchedMailbox({ user: { preferences: { automationPaused: false, aggressiveness } } });
      const mail = Array.from({ length: 14 }, (_, n) => {
        const exceptions = 8 + n;
        const address = `s${exceptions}@d${exceptions}.example`;
        const left = habit({ from: address, doing: 'left', times: exceptions, newestDaysAgo: 50 });
        return [...habit({ from: address, doing: 'archived', times: 90 - exceptions }), ...left];
      });
      await recordMail(owner, [...mail.flat(), ...history()]);
      await analyze(owner.mailboxId);
      const rows = await patterns();
      numbers.push(rows.filter(({ status }) => status === 'suggested').length);
    }

    expect(numbers).toEqual(numbers.toSorted((one, two) => one - two));
    expect(numbers.at(-1)).toBeGreaterThan(numbers[0] ?? 0);
  });

  it('leaves disconnected mailboxes and inactive owners alone', async () => {
    const disconnected = await buildWatchedMailbox({ mailbox: { isConnected: false } });
    const inactive = await buildWatchedMailbox({ user: { isActive: false } });

    expect(await analyze(disconnected.mailboxId)).toEqual({ outcome: 'disconnected' });
    expect(await analyze(inactive.mailboxId)).toEqual({ outcome: 'inactive' });
    expect((await mailboxRow(inactive)).lastAnalyzedAt).toBeUndefined();
  });

  it('does not vote by what lies in a blind window, nor by what an inbox rule of the owner explains', async () => {
    const blind = { from: daysAgo(60), to: daysAgo(0), reason: 'service_down' as const };
    const unseen = await buildWatchedMailbox({ mailbox: { blindWindows: [blind] } });
    await recordMail(unseen, [...habit(deletes), ...history()]);
    const placed = habit({ ...deletes, doing: 'left' }).map((mail) => ({ ...mail, fields: { toFolder: 'x' } }));
    await recordMail(owner, [...placed, ...history()]);
    await EmailEvent.updateMany({ ...owner, 'sender.email': from }, { $set: { toFolder: 'reading-id' } });
    const inboxRules = [
      {
        isEnabled: true,
        conditions: { senderContains: ['LETTERS.example'] },
        actions: { moveToFolder: 'reading-id' },
      },
    ];

    expect(await analyze(unseen.mailboxId)).toMatchObject({ votes: 0, found: 0 });
    expect(await analyze(owner.mailboxId, { habits: { inboxRules } })).toMatchObject({ votes: 1, found: 0 });
    expect(await analyze(owner.mailboxId, { at: now + dayMs })).toMatchObject({
      scope: 'whole',
      votes: 31,
      suggested: 1,
    });
  });
});

describe('whose mail is protected', () => {
  interface Lists {
    readonly correspondents?: ReadonlySet<string>;
    readonly ofOrganization?: boolean;
  }

  it.each<[string, Lists, object, string]>([
    ['people the owner writes to', { correspondents: new Set([from]) }, {}, 'archive suggested'],
    ['an address on the whitelist', {}, { whitelistedSenders: [from] }, 'archive suggested'],
    ['a domain on the whitelist', {}, { whitelistedDomains: ['letters.example'] }, 'archive detected'],
    ['a domain above it on the whitelist', {}, { whitelistedDomains: ['example'] }, 'archive detected'],
    ['on the list of the organization', { ofOrganization: true }, {}, 'archive detected'],
  ])('is not suggested for deletion: %s', async (_name, { ofOrganization, ...habits }, whitelist, other) => {
    const settings = { automationPaused: false, whitelistedSenders: [], whitelistedDomains: [], ...whitelist };
    owner = await buildWatchedMailbox({ mailbox: { settings } });
    if (ofOrganization) {
      await OrgSettings.create({
        key: 'organisation',
        whitelistedSenders: [],
        whitelistedDomains: ['letters.example'],
      });
    }
    await recordMail(owner, [
      ...habit(deletes),
      ...habit({ from: 'b@letters.example', doing: 'archived', times: 30 }),
      ...history(),
    ]);

    await analyze(owner.mailboxId, { habits });
    await OrgSettings.deleteMany({});

    const found = (await patterns()).map(({ suggestedAction, status }) => `${suggestedAction?.actionType} ${status}`);
    expect(found.toSorted()).toEqual([other, 'delete detected']);
  });

  it('is not suggested any more once the owner writes to them, although nothing else is new', async () => {
    await recordMail(owner, [...habit({ ...deletes, newestDaysAgo: 5 }), ...history()]);
    await analyze(owner.mailboxId);

    const report = await analyze(owner.mailboxId, { at: now + dayMs, habits: { correspondents: new Set([from]) } });

    expect(report).toMatchObject({ scope: 'changed', votes: 0, expired: 1 });
    expect(await only()).toMatchObject({ status: 'expired' });
  });
});
