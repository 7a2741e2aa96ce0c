import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endSession } from '../../src/auth/sessions.ts';
import { hourMs } from '../../src/lib/durations.ts';
import { openStreams } from '../../src/lib/metrics.ts';
import { buildIndexes, Notification, Session, User } from '../../src/models/index.ts';
import { buildNotification } from '../factories/notification.ts';
import { connectTestDatabase, type TestDatabase } from '../harness/database.ts';
import type { EventReader } from '../harness/event-reader.ts';
import { startTestRedis, type TestRedis } from '../harness/redis.ts';
import { Listener, type StreamService, startStreamService } from '../harness/stream-service.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { recordIndexLog } from '../integration/models/indexes/index-log.ts';
import { untilPasses } from '../harness/until-passes.ts';

let database: TestDatabase;
let redis: TestRedis;
let proxy: TcpProxy;
/** Three processes. Two beat so rarely that only news wakes their streams; two are cut from Redis at times. */
let quiet: StreamService;
let cutOff: StreamService;
let cutOffAndQuiet: StreamService;
const readers: EventReader[] = [];

beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes([Notification, Session, User], recordIndexLog());
  redis = await startTestRedis();
  proxy = await TcpProxy.start({ host: '127.0.0.1', port: redis.port });
  quiet = await startStreamService({ redisPort: redis.port, beatMs: hourMs });
  cutOff = await startStreamService({ redisPort: proxy.port, beatMs: 200 });
  cutOffAndQuiet = await startStreamService({ redisPort: proxy.port, beatMs: hourMs });
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.leave()));
  await untilPasses(async () => {
    if ((await opened()) > 0) throw new Error('A stream is still open');
  });
});
afterAll(async () => {
  await Promise.all([quiet.stop(), cutOff.stop(), cutOffAndQuiet.stop()]);
  await proxy.close();
  await redis[Symbol.asyncDispose]();
  await database.drop();
});

/** Opens the stream, and waits until it has begun. */
async function listen(listener: Listener, service = quiet, more: Parameters<Listener['listen']>[1] = {}) {
  const reader = await listener.listen(service, more);
  readers.push(reader);
  await untilPasses(() => {
    if (reader.status === 200 && reader.unread.length === 0) throw new Error('Nothing came yet');
  });
  return reader;
}

const tell = ({ userId }: Listener, title: string, createdAt = new Date()) =>
  buildNotification({ userId, title, createdAt });

describe('the stream of notifications', () => {
  it('is a stream that nothing on the way may keep, and begins with the number of unread ones', async () => {
    const listener = await Listener.create();
    await tell(listener, 'before');

    const { status, headers, unread, titles } = await listen(listener);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect([unread, titles]).toEqual([[1], []]);
  });

  it("brings what is new to every stream of its user, in both processes, and to nobody else's", async () => {
    const [ada, bea] = [await Listener.create(), await Listener.create()];
    const mine = [await listen(ada), await listen(ada), await listen(ada, cutOff)];
    const hers = await listen(bea);

    await tell(ada, 'one');
    await tell(ada, 'two');
    await tell(bea, 'hers');

    for (const reader of mine) {
      await untilPasses(() => expect(reader.titles).toEqual(['one', 'two']));
      await untilPasses(() => expect(reader.unread.at(-1)).toBe(2));
    }
    await untilPasses(() => expect(hers.titles).toEqual(['hers']));
  });

  it('tells when something was read elsewhere', async () => {
    const listener = await Listener.create();
    const row = await tell(listener, 'one');
    await tell(listener, 'two');
    const reader = await listen(listener);

    await listener.post(cutOff, `/api/notifications/${row._id.toHexString()}/read`);
    await untilPasses(() => expect(reader.unread).toEqual([2, 1]));
    await listener.post(cutOff, '/api/notifications/read-all');

    await untilPasses(() => expect(reader.unread).toEqual([2, 1, 0]));
  });

  it.each(['last-event-id', 'query'])('goes on after the last event: %s', async (how) => {
    const listener = await Listener.create();
    const first = await listen(listener);
    await tell(listener, 'seen');
    await untilPasses(() => expect(first.titles).toEqual(['seen']));
    await first.leave();
    for (let n = 0; n < 120; n += 1) await tell(listener, `missed ${n}`);

    const id = first.lastEventId;
    const again = await listen(
      listener,
      cutOff,
      how === 'query' ? { query: `?lastEventId=${id}` } : { headers: { 'last-event-id': id } },
    );

    await untilPasses(() => expect(again.titles).toHaveLength(120));
    expect(again.titles).toEqual(Array.from({ length: 120 }, (_, n) => `missed ${n}`));
  });

  it('misses nothing that becomes visible late, and repeats nothing', async () => {
    const listener = await Listener.create();
    const first = await listen(listener);
    const now = Date.now();
    await tell(listener, 'newer', new Date(now));
    await untilPasses(() => expect(first.titles).toEqual(['newer']));
    await tell(listener, 'late', new Date(now - 20_000));
    await untilPasses(() => expect(first.titles).toEqual(['newer', 'late']));
    await first.leave();
    await tell(listener, 'later still', new Date(now - 10_000));

    const again = await listen(listener, quiet, { headers: { 'last-event-id': first.lastEventId } });

    expect(again.titles).toEqual(['later still']);
  });

  it('loses nothing while Redis is away, and hears news again when it is back', async () => {
    const listener = await Listener.create();
    const [beating, quietOne] = [await listen(listener, cutOff), await listen(listener, cutOffAndQuiet)];

    proxy.cut();
    await tell(listener, 'without Redis');
    await untilPasses(() => expect(beating.titles).toEqual(['without Redis']));
    expect(quietOne.titles).toEqual([]);
    proxy.restore();
    await untilPasses(() => expect(quietOne.titles).toEqual(['without Redis']));
    await tell(listener, 'with Redis');

    for (const reader of [beating, quietOne]) {
      await untilPasses(() => expect(reader.titles).toEqual(['without Redis', 'with Redis']));
    }
  });

  it('shows that it is alive, and ends when its session does', async () => {
    const listener = await Listener.create();
    const reader = await listen(listener, cutOff);
    await untilPasses(() => expect(reader.comments).toBeGreaterThan(1));

    await endSession(listener.sessionId);

    await untilPasses(() => expect(reader.hasEnded).toBe(true));
    expect((await listen(listener)).status).toBe(401);
  });

  it('is open ten times for a person, and again once one of them is closed', async () => {
    const listener = await Listener.create();
    const open = await Promise.all(Array.from({ length: 10 }, () => listen(listener)));

    const refused = await listen(listener);
    expect([refused.status, JSON.parse(await bodyOf(refused))]).toMatchObject([
      429,
      { error: { code: 'too_many_streams' } },
    ]);
    await open[0]?.leave();

    await untilPasses(async () => expect((await listen(listener)).status).toBe(200));
  });

  it.each(['?lastEventId=abc', '?lastEventId=', '?since=1', `?lastEventId=${'A'.repeat(2_000)}`])(
    'takes only ids of events: %s',
    async (query) => {
      const { status } = await listen(await Listener.create(), quiet, { query });

      expect(status).toBe(query === '?lastEventId=' ? 200 : 400);
    },
  );

  it('says to HEAD what it is, and opens nothing', async () => {
    const { headers } = await Listener.create();

    const reply = await fetch(`${quiet.url}/api/stream`, { method: 'HEAD', headers });

    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await opened()).toBe(0);
  });

  it('cuts off who does not read', async () => {
    const listener = await Listener.create();
    const socket = await openAndDoNotRead(listener, cutOff);
    const before = await opened();
    const message = 'x'.repeat(250_000);

    for (let n = 0; n < 60; n += 1) await buildNotification({ userId: listener.userId, message });

    await untilPasses(async () => expect(await opened()).toBe(before - 1));
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});

describe('the end of the service', () => {
  it('ends every stream at once, of readers who read and of those who do not, and those that come yet', async () => {
    const service = await startStreamService({ redisPort: redis.port, beatMs: hourMs });
    const listener = await Listener.create();
    const reader = await listen(listener, service);
    const silent = await openAndDoNotRead(listener, service);
    await buildNotification({ userId: listener.userId, message: 'x'.repeat(8_000_000) });
    await untilPasses(() => expect(reader.titles).toHaveLength(1));

    await service.streams.stop();
    const late = await listener.listen(service);
    await untilPasses(() => expect(late.hasEnded).toBe(true));
    await service.stop();

    expect(reader.hasEnded).toBe(true);
    expect([late.status, late.body]).toEqual([200, 'retry: 5000\n\n']);
    silent.destroy();
  });
});

async function bodyOf(reader: EventReader): Promise<string> {
  await untilPasses(() => expect(reader.hasEnded).toBe(true));
  return reader.body;
}

async function opened(): Promise<number> {
  return (await openStreams.get()).values[0]?.value ?? 0;
}

/** A reader whose connection is open, and who takes nothing of what it brings. */
async function openAndDoNotRead({ headers }: Listener, { url }: StreamService): Promise<Socket> {
  const before = await opened();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET /api/stream HTTP/1.1\r\nhost: localhost\r\ncookie: ${headers['cookie']}\r\n\r\n`);
  await untilPasses(async () => expect(await opened()).toBe(before + 1));
  return socket;
}
