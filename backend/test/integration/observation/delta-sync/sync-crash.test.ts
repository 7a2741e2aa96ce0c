import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import { hourMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, models } from '../../../../src/models/index.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { type LedgerLine, SyncFixture } from './sync-fixture.ts';
import { Gate } from '../../../harness/gate.ts';

const from = 'news@letters.example';

let database: TestDatabase;
let emulator: Emulator;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator.close();
  await database.drop();
});

class Died extends Error {}

/** A clock that fails from its n-th reading on: the process is dead from there. It is read between any two steps. */
function dyingClock(fixture: SyncFixture, readings: number) {
  let left = readings;
  return {
    clock: (): number => {
      left -= 1;
      if (left < 0) throw new Died();
      return fixture.clock();
    },
    isAlive: () => left >= 0,
  };
}

/** Synchronizes, in jobs that die a step later each time, until one does not. @returns how many died */
async function syncDying(fixture: SyncFixture, firstReadings: number): Promise<number> {
  for (let deaths = 0; ; deaths += 1) {
    const { clock, isAlive } = dyingClock(fixture, firstReadings + deaths);
    try {
      const { outcome } = await fixture.syncOnce({ clock, budgetMs: deaths % 2 === 0 ? 60_000 : 0 });
      if (outcome === 'finished') return deaths;
      if (outcome === 'busy') fixture.skewMs += 61_000; // what the dead process held runs out
    } catch (error) {
      if (isAlive() || !(error instanceof Died)) throw error;
    }
  }
}

/** A life with every kind of change in it; `sync` is called where the service looks. */
async function live(fixture: SyncFixture, sync: () => Promise<unknown>): Promise<LedgerLine[]> {
  fixture.pageSize = 2;
  const { does, mailbox } = fixture.person;
  const deliver = (subject: string, folder = 'inbox', age = 0): string =>
    does.deliver({ from, subject, folder, receivedAtMs: Date.now() - (age + 1) * hourMs }).id;
  const ids = Array.from({ length: 7 }, (_, index) => deliver(`${index}`, 'inbox', index));
  const [one = '', two = '', three = '', four = '', five = '', six = ''] = ids;
  deliver('filed', 'Receipts');
  await sync();

  does.move(one, 'Receipts');
  does.markRead(two);
  does.flag(two);
  does.delete(three);
  does.purge(four);
  deliver('new');
  await sync();

  does.move(one, 'archive');
  does.categorize(five, ['Red']);
  mailbox.deltaEpoch += 1;
  does.purge(six);
  does.markRead(one);
  await sync();
  return fixture.ledger();
}

describe('a synchronization that dies', () => {
  it.each([0, 1])(
    'at any step ends with the ledger of one that does not, arrivals hidden at a rate of %d',
    async (rate) => {
      emulator.moves.hiddenArrivalRate = rate;
      const unharmed = await SyncFixture.start(['Receipts'], emulator);
      const expected = await live(unharmed, () => unharmed.sync());

      for (const firstReadings of [0, 7, 19]) {
        const fixture = await SyncFixture.start(['Receipts'], emulator);
        let deaths = 0;
        const ledger = await live(fixture, async () => {
          deaths += await syncDying(fixture, firstReadings);
        });

        expect(ledger).toEqual(expected);
        expect(deaths).toBeGreaterThan(10);
        expect((await fixture.row()).fullRounds).toEqual({});
      }
    },
  );

  it('because its request is aborted leaves nothing half done', async () => {
    emulator.moves.hiddenArrivalRate = 0;
    const fixture = await SyncFixture.start([], emulator);
    fixture.pageSize = 2;
    for (let index = 0; index < 9; index += 1) fixture.person.does.deliver({ from, subject: `${index}` });
    const { client } = fixture;

    for (let requests = 1; requests < 12; requests += 1) {
      const abort = new AbortController();
      let left = requests;
      const aborting: typeof client = {
        ...client,
        send: (request, options, onAnswer) => {
          left -= 1;
          if (left === 0) abort.abort();
          return client.send(request, options, onAnswer);
        },
      };
      await fixture.syncOnce({ graphOf: () => aborting, signal: abort.signal }).catch(() => undefined);
    }
    const reports = await fixture.sync();

    expect(reports.at(-1)?.outcome).toBe('finished');
    expect((await fixture.ledger()).map(({ subject, occurrences }) => [subject, occurrences])).toEqual(
      Array.from({ length: 9 }, (_, index) => [`${index}`, 1]),
    );
  });
});

/** A client whose requests wait at a gate: all of them, or those that are picked. */
function behind(gate: Gate, client: SyncFixture['client'], isHeld = () => true): SyncFixture['client'] {
  return {
    ...client,
    send: async (request, options, onAnswer) => {
      if (isHeld()) await gate.opened;
      return client.send(request, options, onAnswer);
    },
  };
}

describe('two processes at one mailbox', () => {
  it('do not synchronize it at the same time', async () => {
    const fixture = await SyncFixture.start([], emulator);
    for (let index = 0; index < 50; index += 1) fixture.person.does.deliver({ from, subject: `${index}` });

    const gate = new Gate();
    let ended = 0;
    const sync = async () => {
      const report = await fixture.syncOnce({ graphOf: () => behind(gate, fixture.client) });
      ended += 1;
      if (ended === 2) gate.open();
      return report;
    };

    const reports = await Promise.all([sync(), sync(), sync()]);

    const outcomes = reports.map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['busy', 'busy', 'finished']);
    expect(await fixture.ledger()).toHaveLength(50);
  });

  it('keep to the one that took over: the other stores no link any more', async () => {
    const fixture = await SyncFixture.start([], emulator);
    fixture.pageSize = 5;
    for (let index = 0; index < 20; index += 1) fixture.person.does.deliver({ from, subject: `${index}` });
    const gate = new Gate();
    let requests = 0;
    const slow = behind(gate, fixture.client, () => (requests += 1) > 6);

    const first = fixture.syncOnce({ graphOf: () => slow });
    await expect.poll(() => requests).toBeGreaterThan(6);
    fixture.skewMs = 120_000;
    const second = await fixture.sync();
    const kept = await fixture.row();
    gate.open();

    expect((await first).outcome).toBe('lost');
    expect(second.at(-1)?.outcome).toBe('finished');
    expect((await fixture.row()).deltaLinks).toEqual(kept.deltaLinks);
    expect((await fixture.ledger()).map(({ occurrences }) => occurrences)).toEqual(Array.from({ length: 20 }, () => 1));
  });
});
