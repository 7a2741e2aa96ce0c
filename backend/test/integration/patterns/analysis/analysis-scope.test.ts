import { beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { Mailbox, models, Pattern } from '../../../../src/models/index.ts';
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

async function foundIn(of: Owner) {
  const rows = await Pattern.find(of).sort({ key: 1 }).lean();
  return rows.map(({ key, status, confidence, sampleSize }) => ({
    key,
    status,
    confidence,
    sampleSize,
  }));
}

function judgmentOf({ key, status, sampleSize }: Awaited<ReturnType<typeof foundIn>>[number]) {
  return { key, status, sampleSize };
}

describe('an analysis of what is new', () => {
  const quiet = { from: 'a@quiet.example', doing: 'archived', times: 30, newestDaysAgo: 6 } as const;

  it('reads only domains with new events, and leaves the patterns of the others as they are', async () => {
    await recordMail(owner, [...habit(quiet), ...habit({ ...deletes, newestDaysAgo: 8 }), ...history()]);
    await analyze(owner.mailboxId);
    const quietBefore = (await patterns()).find(({ condition }) => condition?.senderEmail === quiet.from);

    await recordMail(owner, [{ from, doing: 'left', at: daysAgo(1.5) }]);
    const report = await analyze(owner.mailboxId, { at: now + dayMs });

    expect(report).toMatchObject({ scope: 'changed', votes: 31 });
    const rows = await patterns();
    expect(rows.find(({ condition }) => condition?.senderEmail === quiet.from)).toEqual(quietBefore);
    expect(rows.find(({ condition }) => condition?.senderEmail === from)).toMatchObject({ exceptionCount: 1 });
  });

  it('finds what an analysis of the whole finds', async () => {
    const senders = Array.from({ length: 25 }, (_, n) => ({
      ...quiet,
      from: `s${n}@d${n}.example`,
      times: 6 + n,
      doing: n % 5 === 0 ? ({ moved: 'reading-id' } as const) : ('deleted' as const),
    }));
    const mixed = (['deleted', 'deleted', 'left'] as const).flatMap((doing, n) =>
      habit({ from: 'mixed@m.example', doing, times: 3 + n }),
    );
    const changed = senders.slice(0, 5).map(({ from: sender }) => ({ from: sender, doing: 'left' as const }));
    const other = await buildWatchedMailbox();
    for (const each of [owner, other]) {
      await recordMail(each, [...senders.flatMap(habit), ...mixed, ...history()]);
      await analyze(each.mailboxId);
      await recordMail(
        each,
        changed.map((mail, n) => ({ ...mail, at: daysAgo(1.2 + n / 10) })),
      );
    }

    await analyze(owner.mailboxId, { at: now + dayMs });
    await analyze(other.mailboxId, { at: now + dayMs, full: true });

    expect((await mailboxRow(owner)).analysis?.fullAt).toEqual(new Date(now));
    const [ofPart, ofWhole] = [await foundIn(owner), await foundIn(other)];
    expect(ofPart.map(judgmentOf)).toEqual(ofWhole.map(judgmentOf));
    // what is known of the mailbox as a whole is of the last analysis that read it
    for (const [index, { confidence }] of ofPart.entries()) {
      expect(Math.abs(confidence - (ofWhole[index]?.confidence ?? 0))).toBeLessThan(5);
    }
    expect(new Set((await foundIn(owner)).map(({ status }) => status)).size).toBeGreaterThan(1);
  });

  it('reads the whole after a week, and when something else that votes depend on has changed', async () => {
    await recordMail(owner, [...habit(quiet), ...history()]);
    const scope = async (at: number) => analyze(owner.mailboxId, { at });
    await scope(now);

    expect(await scope(now + dayMs)).toMatchObject({ scope: 'changed' });
    const blind = { from: daysAgo(3), to: daysAgo(2), reason: 'service_down' as const };
    await Mailbox.updateOne({ _id: owner.mailboxId }, { $push: { blindWindows: blind } });
    expect(await scope(now + 2 * dayMs)).toMatchObject({ scope: 'whole' });
    const syncProgress = { startedAt: new Date(now), foldersTotal: 1, foldersDone: 1, messagesSeen: 9 };
    await Mailbox.updateOne({ _id: owner.mailboxId }, { $set: { syncProgress } });
    expect(await scope(now + 3 * dayMs)).toMatchObject({ scope: 'whole' });
    const finished = { ...syncProgress, finishedAt: new Date(now) };
    await Mailbox.updateOne({ _id: owner.mailboxId }, { $set: { syncProgress: finished } });
    expect(await scope(now + 4 * dayMs)).toMatchObject({ scope: 'changed' });
    expect(await scope(now + 10 * dayMs)).toMatchObject({ scope: 'whole' });
  });
});
