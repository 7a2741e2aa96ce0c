import { UnrecoverableError } from 'bullmq';
import mongoose, { type Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { AuditLog, Notification } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { type ConnectedService, startConnectedService } from '../../harness/connected-service.ts';
import { connectTestDatabase, dropDatabase } from '../../harness/database.ts';
import { untilPasses } from '../../harness/until-passes.ts';

let it365: ConnectedService;
let uri: string;
let mailboxId: Types.ObjectId;
let idleId: Types.ObjectId;
const kept: unknown[] = [];
beforeAll(async () => {
  ({ uri } = await connectTestDatabase());
  const busy = await buildMailbox();
  const idle = await buildMailbox();
  [mailboxId, idleId] = [busy._id, idle._id];
  const about = { action: 'rule_executed', targetType: 'email', targetId: 'message' } as const;
  await AuditLog.create({ userId: busy.userId, mailboxId, ...about, openSince: new Date() });
  await mongoose.disconnect();
  it365 = await startConnectedService({
    service: {
      config: { mongo: { uri: new Secret(uri) } },
      processors: {
        'staging-processor': async ({ data }) => {
          kept.push(Object(data)['mailboxId']);
        },
        'token-refresh': async ({ data }) => {
          if (Object(data)['mailboxId'] !== undefined) throw new UnrecoverableError('for good');
        },
      },
    },
  });
});
afterAll(async () => {
  await it365[Symbol.asyncDispose]();
  await dropDatabase(uri);
});

describe('a service that starts', () => {
  it('has done what was left open, and compared every mailbox with the database, before the next round', async () => {
    const both = [mailboxId, idleId].map((id) => id.toHexString());

    await untilPasses(() => expect(kept).toEqual(expect.arrayContaining(both)));
  });
});

describe('a job that fails for good', () => {
  it('is told to the owner of its mailbox', async () => {
    await it365.service.queue('token-refresh').add('refresh-mailbox-tokens', { mailboxId: mailboxId.toHexString() });

    await untilPasses(async () =>
      expect(await Notification.countDocuments({ title: /background job/i, mailboxIds: mailboxId })).toBe(1),
    );
  });
});
