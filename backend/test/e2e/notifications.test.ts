import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { notificationResponse } from '../../src/api/notifications/notifications.presenter.ts';
import { minuteMs } from '../../src/lib/durations.ts';
import { type INotification, Notification } from '../../src/models/index.ts';
import { buildNotification } from '../factories/notification.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

const page = z.strictObject({
  items: z.array(z.strictObject(notificationResponse.shape)),
  nextCursor: z.string().nullable(),
});

let service: TestService;
let ada: Listener;
beforeAll(async () => {
  service = await startTestService();
  ada = await Listener.create();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const get = (path: string, who = ada) => service.http.get(`/api/notifications${path}`).set(who.headers);
const post = (path: string, who = ada) => service.http.post(`/api/notifications${path}`).set(who.headers);
const list = async (query = '', who = ada) => page.parse((await get(query, who)).body);
const tell = (minutesAgo: number, fields: Partial<INotification> = {}) =>
  buildNotification({ userId: ada.userId, createdAt: new Date(Date.now() - minutesAgo * minuteMs), ...fields });

describe('notifications', () => {
  const ruleId = new Types.ObjectId();
  beforeAll(async () => {
    const relatedEntity = { entityType: 'rule', entityId: ruleId } as const;
    await tell(4, { title: 'oldest', type: 'staging_alert' });
    await tell(3, { title: 'about a rule', priority: 'high', relatedEntity });
    await tell(2, { title: 'read', isRead: true, readAt: new Date() });
    await tell(1, { title: 'newest', type: 'pattern_detected' });
  });

  it('come newest first, with null for what is not known', async () => {
    const { items, nextCursor } = await list();

    expect(nextCursor).toBeNull();
    expect(items.map(({ title }) => title)).toEqual(['newest', 'read', 'about a rule', 'oldest']);
    expect(items[2]).toMatchObject({
      type: 'system',
      message: 'All is well',
      priority: 'high',
      isRead: false,
      readAt: null,
      relatedEntity: { type: 'rule', id: ruleId.toHexString() },
    });
    expect(items[0]).toMatchObject({ relatedEntity: null });
  });

  it.each([
    ['?unread=true', ['newest', 'about a rule', 'oldest']],
    ['?unread=false', ['read']],
    ['?type=system', ['read', 'about a rule']],
    ['?type=system,staging_alert&unread=true', ['about a rule', 'oldest']],
  ])('are filtered by %s', async (query, titles) => {
    expect((await list(query)).items.map(({ title }) => title)).toEqual(titles);
  });

  it('come page by page, whatever is added meanwhile', async () => {
    const first = await list('?limit=2');
    await Notification.deleteOne({ _id: (await tell(0, { title: 'meanwhile', isRead: true }))._id });
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);

    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual([
      'newest',
      'read',
      'about a rule',
      'oldest',
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it.each(['?limit=0', '?limit=201', '?cursor=abc', '?unread=yes', '?type=mail', '?type[$ne]=system', '?userId=1'])(
    'are refused for %s',
    async (query) => {
      const { status, body } = await get(query);

      expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
    },
  );

  it('are read one by one, once, or all together', async () => {
    const bea = await Listener.create();
    const rows = await Promise.all(
      ['one', 'two', 'three'].map((title) => buildNotification({ userId: bea.userId, title })),
    );
    const path = `/${rows[0]?._id.toHexString()}/read`;

    const [first, again] = [await post(path, bea), await post(path, bea)];
    expect([first.status, first.body]).toMatchObject([200, { title: 'one', isRead: true }]);
    expect(again.body).toEqual(first.body);
    expect((await get('/unread-count', bea)).body).toEqual({ unread: 2 });
    expect((await post('/read-all', bea)).body).toEqual({ read: 2 });
    expect((await post('/read-all', bea)).body).toEqual({ read: 0 });
    expect((await get('/unread-count', bea)).body).toEqual({ unread: 0 });
    expect((await get('/unread-count')).body).toEqual({ unread: 3 });
  });

  it("are their user's alone, and are marked only by a page of ours", async () => {
    const [carl, { _id }] = [await Listener.create(), await tell(5)];
    const path = `/${_id.toHexString()}/read`;
    const { cookie = '' } = ada.headers;

    expect((await post(path, carl)).status).toBe(404);
    expect((await post(`/${new Types.ObjectId().toHexString()}/read`)).status).toBe(404);
    expect((await service.http.post(`/api/notifications${path}`).set({ cookie })).status).toBe(403);
    expect((await service.http.post('/api/notifications/read-all').set({ cookie })).status).toBe(403);
    expect((await service.http.get('/api/notifications')).status).toBe(401);
    expect((await list('', carl)).items).toEqual([]);
    expect(await Notification.findById(_id).lean()).toMatchObject({ isRead: false });
  });
});
