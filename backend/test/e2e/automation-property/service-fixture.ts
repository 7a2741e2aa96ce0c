import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { limitKeysOf } from '../../../src/http/rate-limit.ts';
import { queueNames } from '../../../src/jobs/registry.ts';
import { Browser } from '../../harness/browser.ts';
import { admin } from '../../harness/connected-service.ts';
import { connectTestDatabase } from '../../harness/database.ts';
import { startTestRedis } from '../../harness/redis.ts';
import { WatchedBackend } from './watched-backend.ts';

/** The service, its stores and a Microsoft 365 emulator; stores and emulator survive a kill of the service. */
export interface ServiceFixture extends AsyncDisposable {
  readonly microsoft: Emulator;
  readonly backend: WatchedBackend;
  queue(name: (typeof queueNames)[number]): Queue;
  /** Invites and signs in a new person. @returns their browser */
  join(email: string): Promise<Browser>;
  /** Resets the rate limit of a user: a run makes the requests of minutes within seconds. */
  forgetRequests(userId: string): Promise<unknown>;
}

/** Short, as a killed service accepts no notifications until it is started again. */
const retryDelaysMs = [100, 300, 900];

export async function startServiceFixture(): Promise<ServiceFixture> {
  const database = await connectTestDatabase();
  const redisServer = await startTestRedis();
  const microsoft = await startEmulator({ delivery: { retryDelaysMs } });
  const connection = { host: '127.0.0.1', port: redisServer.port };
  const queues = new Map(queueNames.map((name) => [name, new Queue(name, { connection })]));
  const redis = new Redis(connection);
  const stores = { mongoUri: database.uri, redisPort: redisServer.port, redis, queues: [...queues.values()] };
  microsoft.people.add({ email: admin });
  const backend = await WatchedBackend.start(microsoft, stores);
  const ada = await signedIn(backend.url, admin);
  return {
    microsoft,
    backend,
    queue: (name) => {
      const queue = queues.get(name);
      if (queue === undefined) throw new Error(`There is no queue ${name}`);
      return queue;
    },
    join: async (email) => {
      const { status } = await ada.write('POST', '/api/admin/users', { email });
      if (status >= 300) throw new Error(`${email} could not be invited: ${status}`);
      return signedIn(backend.url, email);
    },
    forgetRequests: (userId) => redis.del(...limitKeysOf(userId)),
    [Symbol.asyncDispose]: async () => {
      await backend[Symbol.asyncDispose]();
      await microsoft.close();
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
      await database.drop();
      await redisServer[Symbol.asyncDispose]();
    },
  };
}

async function signedIn(url: string, email: string): Promise<Browser> {
  const browser = new Browser(url);
  const { status, body } = await browser.signIn(email);
  if (status !== 200) throw new Error(`${email} could not sign in: ${status} ${JSON.stringify(body)}`);
  return browser;
}
