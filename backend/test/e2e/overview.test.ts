import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overviewResponse } from '../../src/api/overview/overview.presenter.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildPattern } from '../factories/pattern.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

let service: TestService;
let ada: Listener;
let mailboxId: string;
beforeAll(async () => {
  service = await startTestService();
  ada = await Listener.create();
  const mailbox = await buildMailbox({ userId: ada.userId, email: 'ada@contoso.example', watchedSince: new Date() });
  mailboxId = mailbox._id.toHexString();
  await buildPattern({ userId: ada.userId, mailboxId: mailbox._id, status: 'suggested' });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const get = (path: string, who = ada) => service.http.get(path).set(who.headers);
const overview = async (query = '', who = ada) =>
  overviewResponse.parse((await get(`/api/overview${query}`, who)).body);

describe('the overview', () => {
  it('says in one request who is signed in, what is watched and what is to be decided', async () => {
    const { me, preferences, service: about, mailboxes, counts } = await overview();

    expect(me).toEqual((await get('/auth/me')).body);
    expect(preferences).toEqual({ automationPaused: false, aggressiveness: 'moderate' });
    expect(about).toMatchObject({ stagingHours: 24, undoDays: 30, timeZone: 'UTC', notifications: false });
    expect(mailboxes).toMatchObject([
      { id: mailboxId, email: 'ada@contoso.example', pausedBy: null, coverageShare: 1 },
    ]);
    expect(counts).toMatchObject({ suggested: 1, detected: 0, unread: 0 });
  });

  it('says when all mailboxes are analyzed next: at 02:00', async () => {
    const { nextAnalysisAt } = (await overview()).service;

    expect(nextAnalysisAt).toMatch(/T02:00:00/);
    expect(Date.parse(nextAnalysisAt ?? '')).toBeGreaterThan(Date.now());
  });

  it('counts one mailbox, which must be of the caller', async () => {
    const other = await buildMailbox({ userId: ada.userId });

    expect((await overview(`?mailboxId=${other.id}`)).counts.suggested).toBe(0);
    expect((await overview(`?mailboxId=${mailboxId}`)).counts.suggested).toBe(1);
    expect((await get(`/api/overview?mailboxId=${mailboxId}`, await Listener.create())).status).toBe(404);
  });
});

describe('the preferences', () => {
  it('are read in the form in which a change of them is answered', async () => {
    const bea = await Listener.create();
    const changed = await service.http
      .patch('/api/me/preferences')
      .set(bea.headers)
      .send({ automationPaused: true, aggressiveness: 'conservative' });

    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ automationPaused: true, aggressiveness: 'conservative' });
    expect((await get('/api/me/preferences', bea)).body).toEqual(changed.body);
    expect((await overview('', bea)).preferences).toEqual(changed.body);
  });
});
