import type { Types } from 'mongoose';
import { relaySignals } from '../../src/accounts/notification-pubsub.ts';
import { mountNotifications } from '../../src/api/notifications/notifications.ts';
import { mountStream } from '../../src/api/stream/stream.ts';
import { NotificationStreams } from '../../src/api/stream/stream-registry.ts';
import { createSession, csrfToken, readSession } from '../../src/auth/sessions.ts';
import { closeRedisClient, getRedisClient } from '../../src/config/redis.ts';
import { createApp } from '../../src/http/app.ts';
import { Health } from '../../src/http/health.ts';
import { closeServer, listen } from '../../src/http/server.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { LogLimiter } from '../../src/lib/log-limiter.ts';
import { buildUser } from '../factories/user.ts';
import { EventReader } from './event-reader.ts';

const details = async () => ({
  notifications: { publicAddress: null, note: '' },
  mailboxes: null,
  graphIsAheadBySeconds: null,
});
const isSessionOpen = async (id: string) => (await readSession(id)) !== undefined;
const idle = async (): Promise<undefined> => undefined;

/** What tells of notifications, on the mongoose connection of the test and a Redis of its choice. */
export interface StreamService extends AsyncDisposable {
  readonly url: string;
  readonly streams: NotificationStreams;
  /** Stops it as the service does. */
  stop(): Promise<void>;
}

/** @param redisPort a process of its own has a connection of its own; @param beatMs shorter than a service's */
export async function startStreamService({ redisPort, beatMs }: { redisPort: number; beatMs: number }) {
  const logger = createLogger({ level: 'error', style: 'readable' });
  const limiter = new LogLimiter(Date.now);
  const context = { settings: { host: '127.0.0.1', port: redisPort }, logger, limiter };
  const [redis, subscriber] = [getRedisClient(context), getRedisClient(context)];
  const endRelay = relaySignals({ redis, logger, limiter });
  const streams = new NotificationStreams({ subscriber, isSessionOpen, clock: Date.now, logger, limiter, beatMs });
  streams.start();
  const probes = { pingMongo: idle, pingRedis: idle, countJobs: async () => ({}) };
  const app = createApp({
    health: new Health({ probes, version: '0', role: 'all', isStopping: () => false, clock: Date.now, details }),
    logger,
    isStopping: () => false,
    appUrl: 'http://localhost',
    redis,
    mount: (routes) => {
      mountNotifications(routes);
      mountStream(routes, streams);
    },
  });
  const server = await listen(app, 0);
  const address = server.address();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await streams.stop();
    await closeServer(server, AbortSignal.timeout(5_000));
    endRelay();
    await Promise.all([closeRedisClient(redis), closeRedisClient(subscriber)]);
  };
  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  const url = `http://127.0.0.1:${address instanceof Object ? address.port : 0}`;
  return { url, streams, stop: stopOnce, [Symbol.asyncDispose]: stopOnce } satisfies StreamService;
}

/** Somebody who is signed in, wherever the service runs. */
export class Listener {
  readonly userId: Types.ObjectId;
  readonly sessionId: string;

  static async create(): Promise<Listener> {
    const { _id } = await buildUser();
    return new Listener(_id, (await createSession(_id)).id);
  }

  private constructor(userId: Types.ObjectId, sessionId: string) {
    this.userId = userId;
    this.sessionId = sessionId;
  }

  get headers(): Record<string, string> {
    return { cookie: `msedb_session=${this.sessionId}`, 'x-msedb-csrf': csrfToken(this.sessionId) };
  }

  /** Opens the stream. */
  listen({ url }: Pick<StreamService, 'url'>, more: { headers?: Record<string, string>; query?: string } = {}) {
    return EventReader.open(`${url}/api/stream${more.query ?? ''}`, { ...this.headers, ...more.headers });
  }

  post({ url }: Pick<StreamService, 'url'>, path: string): Promise<Response> {
    return fetch(`${url}${path}`, { method: 'POST', headers: this.headers });
  }
}
