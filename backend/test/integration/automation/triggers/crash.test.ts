import { fileURLToPath } from 'node:url';
import { EJSON } from 'bson';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import { signIn } from '../../../../emulator/testing/app-client.ts';
import { automate } from '../../../../src/automation/automate.ts';
import { evaluatePending } from '../../../../src/automation/evaluate-pending.ts';
import { runMaintenance } from '../../../../src/automation/maintenance.ts';
import { createGraphClient } from '../../../../src/graph/client.ts';
import { createMailboxLimiters } from '../../../../src/graph/limiter.ts';
import { hourMs } from '../../../../src/lib/durations.ts';
import { AuditLog, buildIndexes, Mailbox, MessageState, models, Rule } from '../../../../src/models/index.ts';
import { buildRule } from '../../../factories/rule.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { SyncFixture } from '../../observation/delta-sync/sync-fixture.ts';
import type { Task } from '../automate-process.ts';

const program = fileURLToPath(new URL('../automate-process.ts', import.meta.url));
const scope = 'openid profile offline_access User.Read Mail.ReadWrite';
/** More than any number of commands that one maintenance takes. */
const maxSteps = 150;
const atOnce = 3;
/** A lease that was left behind has ended by then. */
const laterMs = 120_000;
const stagingMs = 60_000;

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

interface Wreck {
  readonly sync: SyncFixture;
  readonly read: string;
  readonly unopened: string;
  readonly accessToken: string;
}

/** A mailbox with a message that was just read, and one that has reached its time, and a rule for each. */
async function buildWreck(): Promise<Wreck> {
  const sync = await SyncFixture.start(['Reading', 'Later'], emulator);
  const { userId, mailboxId, person } = sync;
  await sync.sync();
  const read = person.does.deliver({ from: 'codes@a.example' }).id;
  const receivedAtMs = Date.now() - 2 * hourMs;
  const unopened = person.does.deliver({ from: 'alerts@a.example', receivedAtMs }).id;
  await sync.sync();
  await MessageState.updateMany({ mailboxId }, { $set: { automation: 'done' } });
  const moveTo = (name: string) => [{ actionType: 'move' as const, toFolder: sync.folderId(name), order: 0 }];
  const owner = { userId, mailboxId };
  await buildRule({
    ...owner,
    conditions: { senderEmail: 'codes@a.example' },
    actions: moveTo('Reading'),
    trigger: { kind: 'onRead' },
  });
  const timed = await buildRule({
    ...owner,
    conditions: { senderEmail: 'alerts@a.example' },
    actions: moveTo('Later'),
    trigger: { kind: 'afterHours', hours: 1 },
  });
  const until = new Date(Date.now() - 3 * hourMs);
  const timedRules = [{ ruleId: timed._id.toHexString(), version: 1, until }];
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { timedRules, connectedAt: until } });
  person.does.markRead(read);
  await sync.sync();
  expect(await MessageState.countDocuments({ mailboxId, automationOnRead: 'pending' })).toBe(1);
  const { accessToken } = await signIn(emulator, person.email, scope);
  return { sync, read, unopened, accessToken };
}

/** @returns whether it came to its end; it did not when it was killed */
async function runUntil({ sync, accessToken }: Wreck, dieBefore: number): Promise<boolean> {
  const mailboxId = sync.mailboxId.toHexString();
  const { graphUrl } = emulator;
  const task: Task = { uri: database.uri, graphUrl, accessToken, mailboxId, dieBefore, isMaintenance: true };
  const run = await execa('node', ['--import', 'tsx', program], { input: EJSON.stringify(task), reject: false });
  if (run.signal === 'SIGKILL') return false;
  if (run.exitCode !== 0) throw new Error('The process failed', { cause: run.stderr });
  return true;
}

/** What a synchronization and a maintenance do next. */
async function heal({ sync, accessToken }: Wreck): Promise<void> {
  const limiter = createMailboxLimiters().of(sync.person.email);
  const client = createGraphClient({ baseUrl: emulator.graphUrl, limiter, getToken: async () => accessToken });
  const deps = { graphOf: () => client, clock: () => Date.now() + laterMs, stagingMs };
  const run = { mailboxId: sync.mailboxId.toHexString(), signal: new AbortController().signal };
  await sync.sync();
  await automate(deps, run);
  const evaluate = (lease: Parameters<typeof evaluatePending>[0]) => evaluatePending(lease, { stagingMs });
  await runMaintenance({ ...deps, evaluate, continueRuns: async () => ({ more: false }) }, run);
}

async function outcomeOf({ sync, read, unopened }: Wreck) {
  const { mailboxId, person } = sync;
  const acts = await AuditLog.find({ mailboxId, targetType: 'email' }).sort({ createdAt: 1 }).lean();
  const rules = await Rule.find({ mailboxId }).lean();
  return {
    places: [read, unopened].map((id) => person.mailbox.folders.get(person.mailbox.get(id).folderId).displayName),
    acts: acts.map(({ targetId, details }) => ({ isOfRead: targetId === read, result: details?.['result'] })),
    open: acts.filter(({ openSince }) => openSince !== undefined).length,
    executions: rules.map(({ stats }) => stats.totalExecutions),
    pending: await MessageState.countDocuments({ mailboxId, automationOnRead: 'pending' }),
    moves: emulator.truth.entries({ mailbox: person.email }).filter(({ actor }) => actor === 'app').length,
  };
}

describe('a process that is killed while rules act at other moments than arrival', () => {
  it('has done each thing once, wherever it was killed, as soon as another goes on', async () => {
    const wrecks: Wreck[] = [];
    for (let step = 1; step <= maxSteps; step += atOnce) {
      const next = await Promise.all(Array.from({ length: atOnce }, () => buildWreck()));
      const done = await Promise.all(next.map((wreck, index) => runUntil(wreck, step + index)));
      wrecks.push(...next);
      if (done.includes(true)) break;
    }
    for (const wreck of wrecks) await heal(wreck);

    expect(wrecks.length).toBeGreaterThan(20);
    expect(wrecks.length).toBeLessThan(maxSteps);
    for (const [index, wreck] of wrecks.entries()) {
      expect({ diedBefore: index + 1, ...(await outcomeOf(wreck)) }).toEqual({
        diedBefore: index + 1,
        places: ['Reading', 'Later'],
        acts: [
          { isOfRead: true, result: 'done' },
          { isOfRead: false, result: 'done' },
        ],
        open: 0,
        executions: [1, 1],
        pending: 0,
        moves: 2,
      });
    }
  }, 600_000);
});
