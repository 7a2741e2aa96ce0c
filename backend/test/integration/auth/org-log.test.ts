import mongoose, { Types } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listOrgLog } from '../../../src/auth/read-org-log.ts';
import { createSignInLog } from '../../../src/auth/sign-in/sign-in-log.ts';
import { configureMongoose } from '../../../src/config/database.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { LogLimiter } from '../../../src/lib/log-limiter.ts';
import { buildIndexes, models, OrgLog } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { dropDatabase, testDatabaseUri } from '../../harness/database.ts';
import { plansOf } from '../../harness/plans.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { startEntra, type TestEntra, tenantId } from './entra.ts';

const uri = testDatabaseUri();
const [actor, target] = [new Types.ObjectId(), new Types.ObjectId()];

let entra: TestEntra | undefined;
beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes(models, recordIndexLog());
});
afterEach(async () => {
  await entra?.[Symbol.asyncDispose]();
  entra = undefined;
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

describe("a page of the organization's log", () => {
  beforeAll(async () => {
    const kinds = ['signed_in', 'sign_in_refused', 'user_role_changed'] as const;
    const rows = Array.from({ length: 3_000 }, (_, n) => ({
      kind: kinds[n % 3],
      actor: n % 50 === 0 ? actor : new Types.ObjectId(),
      target: n % 50 === 0 ? target : new Types.ObjectId(),
    }));
    await OrgLog.insertMany(rows);
  });
  const after = { timestamp: new Date(), id: 'f'.repeat(24) };

  it.each<[string, Parameters<typeof listOrgLog>[0], string]>([
    ['of all', {}, 'createdAt_1'],
    ['of a time', { from: new Date(0), to: new Date() }, 'createdAt_1'],
    ['of some kinds', { kinds: ['user_role_changed'] }, 'kind_1_createdAt_-1__id_-1'],
    ['of what a person did', { actor: actor.toHexString() }, 'actor_1_createdAt_-1__id_-1'],
    ['of what was done to a person', { target: target.toHexString() }, 'target_1_createdAt_-1__id_-1'],
  ])('%s is read over an index, also the next one', async (_what, filter, index) => {
    for (const cursor of [undefined, after]) {
      const plans = await plansOf('orglogs', () => listOrgLog(filter, { limit: 50, after: cursor }));

      expect(plans.map(({ indexes }) => indexes)).toEqual([[index]]);
    }
  });
});

const refuse = ({ command }: { command: { insert?: unknown } }) => {
  if (command.insert === 'orglogs') throw new Error('the store takes no entries');
};

describe('a sign-in that cannot be recorded', () => {
  it('goes on, and the log of the service says so', async () => {
    entra = await startEntra({}, tenantId);
    const email = entra.person();
    await buildUser({ email, tenantId });
    await entra.signIn(email);
    const warnings: string[] = [];
    const logger = createLogger({ level: 'warn', style: 'json' });
    logger.on('data', ({ message }: { message: string }) => void warnings.push(message));
    Object.assign(entra.deps, {
      tellSignIn: createSignInLog({ logger, limiter: new LogLimiter(Date.now), clock: Date.now }),
    });
    const client = mongoose.connection.getClient();
    client.on('commandStarted', refuse);
    const entries = await OrgLog.countDocuments();

    const { session } = await entra.signInOnly(email);

    client.off('commandStarted', refuse);
    expect(session).toBeDefined();
    expect(warnings).toContain("A sign-in could not be recorded in the organization's log");
    expect(await OrgLog.countDocuments()).toBe(entries);
  });
});
