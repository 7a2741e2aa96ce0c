import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import type { GraphClient } from '../../../../src/graph/client.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { AuditLog, buildIndexes, Mailbox, models } from '../../../../src/models/index.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { DyingStore } from '../../patterns/decisions/dying-store.ts';
import { StagingFixture } from './staging-fixture.ts';

const longMs = 30 * dayMs;
/** More than any of them writes, or asks of Graph. */
const maxSteps = 30;
const uri = testDatabaseUri();
const draft = { categories: ['Blue'], flagStatus: 'flagged' } as const;
const actions = [
  { actionType: 'markRead', order: 0 },
  { actionType: 'categorize', category: 'Spam', order: 1 },
  { actionType: 'delete', order: 2 },
] as const;
const asDelivered = { folder: 'Inbox', isRead: false, flag: 'flagged', categories: ['Blue'] };
const asDeleted = { folder: 'Deleted Items', isRead: true, flag: 'flagged', categories: ['Blue', 'Spam'] };

let store: DyingStore;
let emulator: Emulator;
let fixture: StagingFixture;
beforeAll(async () => {
  store = await DyingStore.connect(uri);
  await buildIndexes(models, recordIndexLog());
  emulator = await startEmulator({ lifetimes: { accessTokenMs: longMs } });
  fixture = await StagingFixture.start(emulator, [...actions]);
});
afterAll(async () => {
  await emulator.close();
  await mongoose.disconnect();
  await dropDatabase(uri);
});

class Died extends Error {}

/** A client of a process that dies right after one of its requests was carried out. */
function dyingAfter(count: number, client: GraphClient): GraphClient {
  let left = count;
  const send: GraphClient['send'] = async (request, options) => {
    if (left <= 0) throw new Died('Nothing leaves a dead process');
    const answer = await client.send(request, options);
    left -= 1;
    if (left <= 0) throw new Died('The process died');
    return answer;
  };
  return { ...client, send };
}

/** Each thing that acts on a staged message: how it is asked for, and how it ends. */
const doings = [
  {
    what: 'executes',
    begin: async (_id: string, client: GraphClient) => fixture.runMaintenance({ graphOf: () => client }),
    ends: { message: asDeleted, actions: ['email_staged', 'email_executed'], status: 'executed' },
  },
  {
    what: 'rescues',
    begin: async (id: string, client: GraphClient) => fixture.request('rescue', [id], client),
    ends: { message: asDelivered, actions: ['email_staged', 'email_rescued'], status: 'rescued' },
  },
  {
    what: 'undoes',
    begin: async (id: string, client: GraphClient) =>
      fixture.undo((await fixture.act(id, 'email_staged'))._id, { client }),
    ends: { message: asDelivered, actions: ['email_staged', 'undo_action'], status: 'rescued' },
  },
];

/** Makes good what was left behind; where nothing had been begun yet, begins it again. */
async function heal(id: string, { begin }: (typeof doings)[number]): Promise<void> {
  await Mailbox.updateOne({ _id: fixture.mailboxId }, { $unset: { writeLease: 1 } });
  await begin(id, fixture.client).catch((error: unknown) => {
    // it had been brought to its end but for the answer
    if (!(error instanceof Error && 'code' in error && error.code === 'already_undone')) throw error;
  });
  await fixture.runMaintenance();
}

async function outcomeOf(id: string) {
  const acts = await fixture.acts(id);
  return {
    message: fixture.message(id),
    actions: acts.filter(({ details }) => details?.['result'] === 'done').map(({ action }) => action),
    status: (await fixture.row(id)).status,
  };
}

describe.each(doings)('a process that dies while it $what a staged message', (doing) => {
  it('leaves nothing that is not brought to the same end, wherever it died between two writes', async () => {
    const healed: object[] = [];
    for (let died = true; died && healed.length < maxSteps; ) {
      const id = await fixture.stage(draft);
      died = await store.dieAfter(healed.length + 1, () => doing.begin(id, fixture.client));
      await heal(id, doing);
      healed.push(await outcomeOf(id));
    }

    expect(healed.length).toBeGreaterThan(5);
    expect(healed.length).toBeLessThan(maxSteps);
    expect(healed).toEqual(healed.map(() => doing.ends));
    expect(await AuditLog.countDocuments({ openSince: mongoose.trusted({ $exists: true }) })).toBe(0);
  });

  it('nor where Graph has carried a request out, and its answer was not heard', async () => {
    const healed: object[] = [];
    for (let died = true; died && healed.length < maxSteps; ) {
      const id = await fixture.stage(draft);
      died = await doing.begin(id, dyingAfter(healed.length + 1, fixture.client)).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Died)) throw error;
          return true;
        },
      );
      await heal(id, doing);
      healed.push(await outcomeOf(id));
    }

    expect(healed.length).toBeGreaterThan(3);
    expect(healed.length).toBeLessThan(maxSteps);
    expect(healed).toEqual(healed.map(() => doing.ends));
    expect(await AuditLog.countDocuments({ openSince: mongoose.trusted({ $exists: true }) })).toBe(0);
  });
});
