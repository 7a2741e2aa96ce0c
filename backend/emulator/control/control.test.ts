import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import { graphAs, redeem, signIn } from '../testing/app-client.ts';
import { control as callControl } from '../testing/control-client.ts';

const adaEmail = 'ada@contoso.example';

describe('the control API', () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await startEmulator();
    await control('POST', '/people', { email: adaEmail, folders: ['Receipts'] });
  });
  afterEach(async () => {
    await emulator.close();
  });

  const control = (method: string, path: string, body?: unknown) => callControl(emulator, method, path, body);

  it('lets a person deliver, move, read, flag, categorize and delete', async () => {
    const act = (body: unknown) => control('POST', `/people/${adaEmail}/actions`, body);
    const delivered = await act({
      do: 'deliver',
      from: 'a@b.example',
      subject: 'Hi',
      receivedDateTime: '2026-01-02T03:04:05Z',
    });
    const [message] = emulator.people.get(adaEmail).mailbox.messages();
    const id = message?.id ?? '';

    await act({ do: 'read', message: id });
    await act({ do: 'flag', message: id });
    await act({ do: 'categorize', message: id, categories: ['Blue'] });
    await act({ do: 'delete', message: id });

    expect(delivered).toEqual({ status: 200, body: { ids: [id] } });
    expect((await control('GET', `/people/${adaEmail}/messages?folder=deleteditems`)).body).toMatchObject([
      {
        id,
        folder: 'Deleted Items',
        isRead: true,
        flag: 'flagged',
        categories: ['Blue'],
        received: '2026-01-02T03:04:05Z',
      },
    ]);
    expect((await control('GET', `/truth?mailbox=${adaEmail}`)).body).toMatchObject([
      { kind: 'folder-create' },
      { kind: 'deliver', actor: 'person' },
      { kind: 'read' },
      { kind: 'flag' },
      { kind: 'categorize' },
      { kind: 'delete' },
    ]);
  });

  it('revokes a grant and expires tokens', async () => {
    const { accessToken: _used, refreshToken } = await signIn(emulator, adaEmail);
    const graph = await graphAs(emulator, adaEmail);

    await control('POST', `/people/${adaEmail}/expire-tokens`);
    await control('POST', `/people/${adaEmail}/revoke`, { how: 'invalid_grant_with_suberror' });

    const renewed = await redeem(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect((await graph('/me')).status).toBe(401);
    expect(renewed.body).toMatchObject({ error: 'invalid_grant', suberror: 'bad_token' });
  });

  it('makes requests fail, and stops it again', async () => {
    const graph = await graphAs(emulator, adaEmail);

    await control('POST', '/faults/requests', { kind: 503, target: 'graph' });
    const struck = await graph('/me');
    await control('DELETE', '/faults/requests');

    expect([struck.status, (await graph('/me')).status]).toEqual([503, 200]);
  });

  it('moves the clock, drops delta tokens, sets limits and delta rules', async () => {
    const before = emulator.clock.now();

    await control('POST', '/clock', { advanceMs: 3_600_000 });
    await control('POST', `/people/${adaEmail}/drop-delta-tokens`);
    await control('PUT', '/limits', { concurrency: 2 });
    await control('PUT', '/faults/delta', { hiddenArrivalRate: 0.5, goneCode: 'resyncRequired' });
    await control('PUT', '/faults/notifications', { dropRate: 0.1 });
    await control('PUT', '/subscriptions/limit', { maxMinutes: 100 });

    expect(emulator.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect(emulator.people.get(adaEmail).mailbox.deltaEpoch).toBe(1);
    expect(emulator.throttle.limits).toMatchObject({ concurrency: 2, quota: 10_000 });
    expect([emulator.moves.hiddenArrivalRate, emulator.delta.goneCode]).toEqual([0.5, 'resyncRequired']);
    expect(emulator.notifier.faults).toMatchObject({ dropRate: 0.1, delayRate: 0 });
    expect(emulator.subscriptions.maxMinutes).toBe(100);
  });

  it('gives the privacy ledger, and clears it', async () => {
    const graph = await graphAs(emulator, adaEmail);
    const { id } = emulator.people.get(adaEmail).does.deliver({ from: 'a@b.example' });
    await graph(`/me/messages/${id}?$select=subject,from`);
    await graph(`/me/messages/${id}`);

    const report = (await control('GET', '/privacy')).body;
    await control('DELETE', '/privacy');

    expect(report).toMatchObject({ properties: { id: 1, subject: 1, from: 1 }, refused: [{ reason: 'no $select' }] });
    expect((await control('GET', '/privacy')).body).toMatchObject({ properties: {}, refused: [] });
  });

  it('says what is wrong with what it was sent', async () => {
    const replies = [
      await control('POST', '/people', { email: 'not an address' }),
      await control('POST', '/people', { email: adaEmail }),
      await control('POST', '/people/nobody@contoso.example/revoke'),
      await control('POST', '/faults/requests', { kind: 418 }),
      await control('POST', `/people/${adaEmail}/actions`, { do: 'move', message: 'none', folder: 'archive' }),
    ];

    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    expect((await control('GET', '/nowhere')).status).toBe(404);
  });

  it('lists itself', async () => {
    const { body } = await control('GET', '');

    expect(body).toMatchObject({ people: [adaEmail], endpoints: expect.arrayContaining(['GET /_emulator/truth']) });
  });
});
