import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backend } from '../../bench/observe/backend.ts';
import { describeFaults } from '../../bench/observe/findings.ts';
import { emailOf } from '../../bench/observe/flooded-mailbox.ts';
import { type FloodResult, runFlood } from '../../bench/observe/run-flood.ts';
import { countFaults } from '../../bench/observe/compare.ts';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { connectTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startTestRedis, type TestRedis } from '../harness/redis.ts';

const plan = {
  seed: 4,
  mailboxes: 3,
  inPlace: 20,
  calmChanges: 20,
  storms: 2,
  stormChanges: 80,
  backlogChanges: 60,
  calmPerSecond: 60,
  stormPerSecond: 200,
  faultRate: 0.01,
  notificationSeconds: 0,
  kills: false,
  pageSize: 25,
  stallLimitMs: 30_000,
};

const mustHappen = /dropped|doubled|late|failed|grants/;

const ways = [
  ['with notifications lost, doubled and late, failing requests, and a lost grant', false],
  ['with all of that, while Graph is as awkward as it can be', true],
] as const;

describe.each(ways)('a flood of changes, %s', (_way, isAwkward) => {
  let [database, redis, microsoft, backend, logFolder]: [TestDatabase?, TestRedis?, Emulator?, Backend?, string?] = [];
  let result: FloodResult;
  beforeAll(async () => {
    database = await connectTestDatabase();
    redis = await startTestRedis();
    microsoft = await startEmulator({ seed: plan.seed, awkward: isAwkward });
    logFolder = await mkdtemp(join(tmpdir(), 'msedb-flood-'));
    const address = { host: '127.0.0.1', port: redis.port };
    backend = await Backend.start({
      microsoft,
      mongoUri: database.uri,
      redis: address,
      adminEmail: emailOf(0),
      pageSize: plan.pageSize,
      roles: ['all'],
      logFile: join(logFolder, 'service.log'),
      guard: () => undefined,
    });
    result = await runFlood({ ...plan, isAwkward }, { microsoft, backend, redis: address, say: () => undefined });
  });
  afterAll(async () => {
    await backend?.[Symbol.asyncDispose]();
    await microsoft?.close();
    await database?.drop();
    await redis?.[Symbol.asyncDispose]();
    if (logFolder !== undefined) await rm(logFolder, { recursive: true, force: true });
  });

  it('loses no event, counts none twice, and takes none of the app’s doing for its owner’s', () => {
    const { faults, events, ownActions } = result.comparison;

    expect(describeFaults(faults)).toBe('');
    expect([
      countFaults(faults, 'lost'),
      countFaults(faults, 'duplicated'),
      countFaults(faults, 'misattributed'),
    ]).toEqual([0, 0, 0]);
    expect(events).toBeGreaterThan(500);
    expect(ownActions).toBeGreaterThan(10);
  });

  it('includes every kind of fault and a full backlog', () => {
    const { faults, backlog, refused } = result;

    expect(Object.entries(faults).filter(([name, count]) => count === 0 && mustHappen.test(name))).toEqual([]);
    expect(backlog.changes).toBeGreaterThan(0.9 * plan.mailboxes * plan.backlogChanges);
    expect(refused).toBe(0);
  });
});
