import { Types } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishSignIn, startSignIn } from '../../src/auth/sign-in/sign-in.ts';
import { Mailbox, User } from '../../src/models/index.ts';
import { type MicrosoftConnection, connectMicrosoft } from '../../src/composition/microsoft.ts';
import { Browser } from '../harness/browser.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { addJob } from '../harness/service.ts';
import { refusalContext } from '../harness/refusal-context.ts';
import { Redis } from 'ioredis';

const count = 500;
const atOnce = 10;
let it365: ConnectedService;
let connection: MicrosoftConnection;
let redis: Redis;
beforeAll(async () => {
  it365 = await startConnectedService();
  redis = new Redis(it365.service.redis.port, '127.0.0.1');
  const made = connectMicrosoft(it365.service.config, redis, refusalContext);
  if (made === undefined) throw new Error('The service is not connected');
  connection = made;
  const emails = Array.from({ length: count }, (_, index) => `person${index}@contoso.example`);
  for (let start = 0; start < count; start += atOnce) {
    await Promise.all(emails.slice(start, start + atOnce).map(connectMailbox));
  }
});
afterAll(async () => {
  redis.disconnect();
  await it365[Symbol.asyncDispose]();
});

/** The whole way to Microsoft and back, but for our own routes, whose rate limits it would meet. */
async function connectMailbox(email: string): Promise<void> {
  const { tid: tenantId } = it365.microsoft.people.add({ email });
  await User.create({ email, tenantId, invitedBy: new Types.ObjectId() });
  const { url, browserBinding } = await startSignIn(connection.signIn, { purpose: 'sign-in', loginHint: email });
  const { headers } = await new Browser(it365.url).once(url);
  const { searchParams } = new URL(headers.get('location') ?? '');
  const [state, code] = [searchParams.get('state') ?? '', searchParams.get('code') ?? ''];
  await finishSignIn(connection.signIn, { state, code, browserBinding });
}

it('five hundred mailboxes are renewed in one round, one request each, within the limits of each', async () => {
  await Mailbox.updateMany({}, { $set: { 'encryptedTokens.expiresAt': new Date() } });
  const versions = await Mailbox.distinct('msalCacheVersion');
  const queue = it365.service.queue('token-refresh');

  await addJob(queue, 'token-refresh');

  const due = { 'encryptedTokens.expiresAt': { $lt: new Date() } };
  await expect.poll(() => Mailbox.collection.countDocuments(due), { interval: 200 }).toBe(0);
  expect(versions).toHaveLength(1);
  expect(await Mailbox.countDocuments({ isConnected: true })).toBe(count);
  await expect
    .poll(() => queue.getJobCounts('active', 'waiting', 'failed'))
    .toMatchObject({
      active: 0,
      waiting: 0,
      failed: 0,
    });
  expect(await Mailbox.distinct('msalCacheVersion')).toEqual(versions.map((version) => version + 1));
});
