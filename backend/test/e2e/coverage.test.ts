import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../src/lib/durations.ts';
import { Mailbox } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const email = 'bea@contoso.example';

let it365: ConnectedService;
let accounts: Accounts;
let bea: Browser;
let path: string;
const synced: unknown[] = [];
beforeAll(async () => {
  const processors = {
    'delta-sync': async ({ data }: { data: unknown }) => {
      synced.push(data);
    },
  };
  it365 = await startConnectedService({ service: { processors } });
  accounts = await Accounts.start(it365);
  bea = await accounts.join(email);
  path = `/api/mailboxes/${(await accounts.mailbox(email))._id.toString()}`;
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const ago = (days: number) => new Date(Date.now() - days * dayMs);
const set = async (fields: object) => {
  const { _id } = await accounts.mailbox(email);
  await Mailbox.updateOne({ _id }, { $set: fields });
};
const listed = async () => (await bea.once('/api/mailboxes')).body;
const coverage = async () => (await bea.once(`${path}/coverage`)).body;

describe('the coverage of a mailbox', () => {
  it('is not known before it is watched', async () => {
    expect(await coverage()).toEqual({ watchedSince: null, windows: [], blindSeconds: 0, share: null });
  });

  it('tells the times when nobody watched, the newest first, and counts them once', async () => {
    const watchedSince = ago(20);
    const windows = [
      { from: ago(25), to: ago(19), reason: 'service_down' },
      { from: ago(10), to: ago(8), reason: 'subscription_gone' },
      { from: ago(9), to: ago(6), reason: 'disconnected' },
    ] as const;
    await set({ watchedSince, blindWindows: windows });

    const body = await coverage();

    expect(body).toMatchObject({
      watchedSince: watchedSince.toISOString(),
      windows: windows
        .toReversed()
        .map(({ from, to, reason }) => ({ from: from.toISOString(), to: to.toISOString(), reason })),
    });
    expect(body).toMatchObject({ blindSeconds: expect.closeTo((5 * dayMs) / 1_000, -2) });
    expect(body).toMatchObject({ share: expect.closeTo(15 / 20, 3) });
  });

  it('reaches back as far as events do', async () => {
    await set({ watchedSince: ago(200), blindWindows: [{ from: ago(99), to: ago(81), reason: 'service_down' }] });

    expect(await coverage()).toMatchObject({
      blindSeconds: expect.closeTo((9 * dayMs) / 1_000, -2),
      share: expect.closeTo(0.9, 3),
    });
  });

  it('counts the time since it was disconnected', async () => {
    await set({ watchedSince: ago(10), blindWindows: [], isConnected: false, disconnectedAt: ago(5) });

    expect(await coverage()).toMatchObject({
      windows: [{ to: null, reason: 'disconnected' }],
      share: expect.closeTo(0.5, 3),
    });
    await set({ isConnected: true });
    expect(await coverage()).toMatchObject({ windows: [], share: 1 });
  });

  it("is its owner's alone", async () => {
    const carl = await accounts.join('carl@contoso.example');

    expect((await carl.once(`${path}/coverage`)).status).toBe(404);
    expect((await carl.write('POST', `${path}/sync`)).status).toBe(404);
    expect((await it365.browser().once(`${path}/coverage`)).status).toBe(401);
  });
});

describe('asking for a synchronization', () => {
  it('puts it on the queue at once', async () => {
    await expect.poll(() => synced.length).toBeGreaterThan(0); // the one that connecting asked for
    synced.length = 0;

    const { status, body } = await bea.write('POST', `${path}/sync`);

    expect([status, body]).toEqual([202, { queued: true }]);
    await expect.poll(() => synced).toEqual([{ mailboxId: path.split('/').at(-1) }]);
  });

  it('needs the CSRF token', async () => {
    expect((await bea.once(`${path}/sync`, { method: 'POST' })).status).toBe(403);
  });

  it('is refused while the mailbox is disconnected', async () => {
    await set({ isConnected: false });

    const { status, body } = await bea.write('POST', `${path}/sync`);

    expect([status, body]).toMatchObject([409, { error: { code: 'mailbox_disconnected' } }]);
    await set({ isConnected: true });
  });
});

describe('a mailbox in the list', () => {
  const progress = { startedAt: ago(0.1), foldersTotal: 12, foldersDone: 3, messagesSeen: 4_000 };

  it('says how far its synchronization is', async () => {
    await Mailbox.updateMany({}, { $unset: { lastSyncAt: 1, syncProgress: 1, nextSyncAt: 1, syncLease: 1 } });
    expect(await listed()).toMatchObject({
      items: [{ lastSyncAt: null, sync: { state: 'never', lastSyncAt: null, nextSyncAt: null, progress: null } }],
    });

    await set({ syncProgress: progress });
    expect(await listed()).toMatchObject({
      items: [
        {
          sync: {
            state: 'running',
            progress: { ...progress, startedAt: progress.startedAt.toISOString(), finishedAt: null },
          },
        },
      ],
    });

    const [lastSyncAt, nextSyncAt] = [ago(0.1), ago(-0.1)];
    await set({ 'syncProgress.finishedAt': ago(0.05), lastSyncAt, nextSyncAt, syncIntervalMs: 900_000 });
    const current = {
      lastSyncAt: lastSyncAt.toISOString(),
      nextSyncAt: nextSyncAt.toISOString(),
      intervalSeconds: 900,
    };
    expect(await listed()).toMatchObject({
      items: [{ lastSyncAt: lastSyncAt.toISOString(), sync: { state: 'current', ...current } }],
    });

    await set({ syncLease: { holder: 'another process', until: ago(-0.01) } });
    expect(await listed()).toMatchObject({ items: [{ sync: { state: 'running' } }] });
    await set({ syncLease: { holder: 'a dead process', until: ago(0.01) } });
    expect(await listed()).toMatchObject({ items: [{ sync: { state: 'current' } }] });
    await set({ 'syncProgress.finishedAt': undefined, isConnected: false });
    expect(await listed()).toMatchObject({
      items: [{ state: { kind: 'disconnected' }, sync: { state: 'stopped', nextSyncAt: null } }],
    });
  });

  it('shows nothing of how it is synchronized', async () => {
    await set({ folders: [{ id: 'f1', displayName: 'Projects' }], 'deltaLinks.f1': 'https://graph.example/delta' });

    const text = JSON.stringify(await listed());

    for (const hidden of ['Projects', 'graph.example', 'another process', 'a dead process', 'msalCache']) {
      expect(text).not.toContain(hidden);
    }
  });
});
