import { fileURLToPath } from 'node:url';
import { EJSON } from 'bson';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { signIn } from '../../../emulator/testing/app-client.ts';
import { automate } from '../../../src/automation/automate.ts';
import { createGraphClient } from '../../../src/graph/client.ts';
import { createMailboxLimiters } from '../../../src/graph/limiter.ts';
import { AuditLog, buildIndexes, MessageState, models, Rule, StagedEmail } from '../../../src/models/index.ts';
import { buildRule } from '../../factories/rule.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { SyncFixture } from '../observation/delta-sync/sync-fixture.ts';
import type { Task } from './automate-process.ts';

const program = fileURLToPath(new URL('./automate-process.ts', import.meta.url));
const scope = 'openid profile offline_access User.Read Mail.ReadWrite';
/** More than any number of commands that one round of automation takes. */
const maxSteps = 90;
const atOnce = 3;
/** A lease that was left behind has ended by then. */
const laterMs = 120_000;

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

interface RuleFixture {
  readonly sync: SyncFixture;
  readonly filed: string;
  readonly thrownAway: string;
  readonly accessToken: string;
}

/** A mailbox with a rule that files, one that deletes, and new mail for both that no rule has looked at. */
async function buildRuleFixture(): Promise<RuleFixture> {
  const sync = await SyncFixture.start(['Reading'], emulator);
  const { userId, mailboxId, person } = sync;
  await sync.sync();
  const owner = { userId, mailboxId };
  const move = { actionType: 'move', toFolder: sync.folderId('Reading'), order: 1 } as const;
  const actions = [{ actionType: 'markRead', order: 0 } as const, move];
  await buildRule({ ...owner, name: 'File', conditions: { senderEmail: 'news@a.example' }, actions });
  const conditions = { senderEmail: 'spam@a.example' };
  await buildRule({ ...owner, name: 'Throw away', conditions, actions: [{ actionType: 'delete' }] });
  const filed = person.does.deliver({ from: 'news@a.example', categories: ['Blue'] }).id;
  const thrownAway = person.does.deliver({ from: 'spam@a.example' }).id;
  await sync.sync();
  expect(await MessageState.countDocuments({ mailboxId, automation: 'pending' })).toBe(2);
  const { accessToken } = await signIn(emulator, person.email, scope);
  return { sync, filed, thrownAway, accessToken };
}

/** @returns whether it came to its end; it did not when it was killed */
async function runUntil(fixture: RuleFixture, dieBefore: number): Promise<boolean> {
  const { sync, accessToken } = fixture;
  const mailboxId = sync.mailboxId.toHexString();
  const task: Task = { uri: database.uri, graphUrl: emulator.graphUrl, accessToken, mailboxId, dieBefore };
  const run = await execa('node', ['--import', 'tsx', program], { input: EJSON.stringify(task), reject: false });
  if (run.signal === 'SIGKILL') return false;
  if (run.exitCode !== 0) throw new Error('The process failed', { cause: run.stderr });
  return true;
}

async function heal({ sync, accessToken }: RuleFixture): Promise<void> {
  const limiter = createMailboxLimiters().of(sync.person.email);
  const client = createGraphClient({ baseUrl: emulator.graphUrl, limiter, getToken: async () => accessToken });
  const deps = { graphOf: () => client, clock: () => Date.now() + laterMs, stagingMs: 60_000 };
  await automate(deps, { mailboxId: sync.mailboxId.toHexString(), signal: new AbortController().signal });
}

/** What there is to see in the end: the mailbox, the ledger, what waits, what was counted. */
async function outcomeOf({ sync, filed, thrownAway }: RuleFixture) {
  const { mailboxId, person } = sync;
  const names = new Map(
    [filed, thrownAway].map((id) => [id, person.mailbox.folders.get(person.mailbox.get(id).folderId)]),
  );
  const acts = await AuditLog.find({ mailboxId, targetType: 'email' }).sort({ action: -1 }).lean();
  const rules = await Rule.find({ mailboxId }).sort({ name: 1 }).lean();
  return {
    places: [...names.values()].map(({ displayName }) => displayName),
    isRead: person.mailbox.get(filed).isRead,
    acts: acts.map(({ action, targetId, details, undoable, openSince }) => ({
      action,
      isOfRightMessage: targetId === (action === 'email_staged' ? thrownAway : filed),
      result: details?.['result'],
      fields: Object.keys(Object(details?.['change'])).toSorted(),
      undoable,
      isOpen: openSince !== undefined,
    })),
    staged: await StagedEmail.countDocuments({ mailboxId, messageId: thrownAway, status: 'staged' }),
    executions: rules.map(({ stats }) => stats.totalExecutions),
    pending: await MessageState.countDocuments({ mailboxId, automation: 'pending' }),
    stagingFolders: person.mailbox.folders.children().filter(({ displayName }) => displayName === 'MSEDB Staging')
      .length,
  };
}

describe('a process that is killed while rules act', () => {
  it('has done each thing once, wherever it was killed, as soon as another goes on', async () => {
    const wrecks: RuleFixture[] = [];
    for (let step = 1; step <= maxSteps; step += atOnce) {
      const fixtures = await Promise.all(Array.from({ length: atOnce }, () => buildRuleFixture()));
      const done = await Promise.all(fixtures.map((fixture, index) => runUntil(fixture, step + index)));
      wrecks.push(...fixtures);
      if (done.includes(true)) break;
    }
    for (const wreck of wrecks) await heal(wreck);

    expect(wrecks.length).toBeGreaterThan(20);
    expect(wrecks.length).toBeLessThan(maxSteps);
    for (const [index, wreck] of wrecks.entries()) {
      expect({ diedBefore: index + 1, ...(await outcomeOf(wreck)) }).toEqual({
        diedBefore: index + 1,
        places: ['Reading', 'MSEDB Staging'],
        isRead: true,
        acts: [
          {
            action: 'rule_executed',
            isOfRightMessage: true,
            result: 'done',
            fields: ['folderId', 'isRead'],
            undoable: true,
            isOpen: false,
          },
          {
            action: 'email_staged',
            isOfRightMessage: true,
            result: 'done',
            fields: ['folderId'],
            undoable: true,
            isOpen: false,
          },
        ],
        staged: 1,
        executions: [1, 1],
        pending: 0,
        stagingFolders: 1,
      });
    }
  }, 600_000);
});
