import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptsConnections, freePort } from './network.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const listenOn = (port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer().once('error', reject).listen(port, '127.0.0.1', resolve);
    servers.push(server);
  });

describe('a free port', () => {
  it('can be listened on, and is not one that outgoing connections are given', async () => {
    const port = await freePort();
    await listenOn(port);

    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_768);
    expect(await acceptsConnections(port)).toBe(true);
  });

  it('is another one each time, and none that is taken', async () => {
    const first = await freePort();
    await listenOn(first + 1).catch(() => undefined); // it will do as well if somebody else does already
    const ports = [first, await freePort(), await freePort()];

    expect(new Set(ports).size).toBe(3);
    expect(ports).not.toContain(first + 1);
  });

  it('is none that another process was given, though nothing listens there yet', async () => {
    const first = await freePort();
    const sign = createSocket('udp4');
    const isHeld = once(sign, 'listening').catch(() => undefined); // as it is if somebody else was given it
    sign.bind(first + 1, '127.0.0.1');
    await isHeld;

    expect(await freePort()).not.toBe(first + 1);
    sign.close();
  });
});
