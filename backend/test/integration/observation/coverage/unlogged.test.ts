import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../../src/lib/durations.ts';
import { Mailbox, models } from '../../../../src/models/index.ts';
import { noteUnlogged } from '../../../../src/observation/coverage/unlogged.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from '../delta-sync/sync-fixture.ts';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  await Mailbox.deleteMany({});
  fixture = await SyncFixture.start();
  await fixture.sync();
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

describe('the period that the action log lacks', () => {
  it('begins with the second of the last beat, as the times of Graph have no fractions', async () => {
    const second = Math.floor(fixture.clock() / secondMs) * secondMs;

    expect(await noteUnlogged(new Date(second + 900), second + minuteMs)).toBe(1);

    expect((await fixture.row()).unlogged).toMatchObject({ from: new Date(second), to: new Date(second + minuteMs) });
  });

  it('is not ended by a cycle that was under way in the backup', async () => {
    const startedAt = new Date(fixture.clock());
    const progress = { 'syncProgress.startedAt': startedAt };
    await Mailbox.updateOne({}, { $set: progress, $unset: { 'syncProgress.finishedAt': 1 } });
    fixture.skewMs += secondMs;
    const restoredAt = fixture.clock();
    await noteUnlogged(startedAt, restoredAt);

    await fixture.sync();

    const { unlogged, syncProgress } = await fixture.row();
    expect(unlogged).toBeUndefined();
    expect(syncProgress?.startedAt.getTime()).toBeGreaterThanOrEqual(restoredAt);
  });

  it('does not wait for a process that held the lease at the time of the backup', async () => {
    const until = new Date(fixture.clock() + minuteMs);
    await Mailbox.updateOne({}, { $set: { syncLease: { holder: 'gone', until } } });
    expect(await fixture.syncOnce()).toMatchObject({ outcome: 'busy' });

    await noteUnlogged(undefined, fixture.clock());

    expect(await fixture.syncOnce()).toMatchObject({ outcome: 'finished' });
  });
});
