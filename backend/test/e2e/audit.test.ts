import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { auditResponse } from '../../src/api/audit/audit.presenter.ts';
import { minuteMs } from '../../src/lib/durations.ts';
import type { IAuditLog } from '../../src/models/index.ts';
import { buildAuditLog } from '../factories/audit-log.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildRule } from '../factories/rule.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

const page = z.strictObject({
  items: z.array(z.strictObject(auditResponse.shape)),
  nextCursor: z.string().nullable(),
});
const patternId = new Types.ObjectId().toHexString();

let service: TestService;
let ada: Listener;
let mailboxId: Types.ObjectId;
let ruleId: Types.ObjectId;
beforeAll(async () => {
  service = await startTestService();
  ada = await Listener.create();
  const { userId } = ada;
  const folders = [
    { id: 'in', displayName: 'Inbox' },
    { id: 'reading', displayName: 'Reading' },
  ];
  const mailbox = await buildMailbox({ userId, email: 'ada@contoso.example', folders, stagingFolderId: 'staging' });
  mailboxId = mailbox._id;
  ruleId = (await buildRule({ userId, mailboxId, name: 'News' }))._id;
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const get = (path: string, who = ada) => service.http.get(`/api/audit${path}`).set(who.headers);
const list = async (query = '', who = ada) => page.parse((await get(query, who)).body);
const shown = async (query: string) => (await list(query)).items.map(({ action, target }) => `${action} ${target.id}`);
const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * minuteMs);
const note = (minutesAgo: number, fields: Partial<IAuditLog>) =>
  buildAuditLog({ userId: ada.userId, mailboxId, createdAt: at(minutesAgo), ...fields });

describe('the audit log', () => {
  const before = { folderId: 'in', isRead: false, flagStatus: 'notFlagged', categories: [] };
  const byRule = () => ({
    cause: 'rule',
    ruleId: ruleId.toHexString(),
    ruleName: 'News',
    ruleVersion: 1,
    patternId,
    evidence: ['m1'],
    why: 'It comes from news@example.com.',
    before,
  });
  let staged: Types.ObjectId;
  let hidden: Types.ObjectId;
  beforeAll(async () => {
    const email = { targetType: 'email', undoable: true } as const;
    const ofAll = { action: 'automation_paused', targetType: 'settings', targetId: 'all' } as const;
    await buildAuditLog({ userId: ada.userId, createdAt: at(6), ...ofAll });
    await note(5, { action: 'rule_created', targetType: 'rule', targetId: ruleId.toHexString() });
    const moved = { ...byRule(), change: { folderId: 'reading' }, result: 'done' };
    await note(4, { action: 'rule_executed', ...email, targetId: 'm2', details: moved });
    const wanted = { ...byRule(), change: { folderId: 'staging' }, expiresAt: at(-60).toISOString() };
    const open = { ...email, openSince: at(3), undoable: false };
    staged = (await note(3, { action: 'email_staged', ...open, targetId: 'm3', details: wanted }))._id;
    const decision = { action: 'pattern_approved', targetType: 'pattern', targetId: patternId } as const;
    await note(2, { ...decision, details: { by: 'owner', finishedAt: new Date() } });
    hidden = (await note(1, { ...decision, details: { by: 'owner' } }))._id;
    await note(0, {
      action: 'pattern_detected',
      targetType: 'pattern',
      targetId: patternId,
      details: { by: 'analysis' },
    });
    await buildAuditLog();
  });

  it('comes newest first, without decisions that did not come true', async () => {
    const { items, nextCursor } = await list();

    expect(nextCursor).toBeNull();
    expect(items.map(({ action }) => action)).toEqual([
      'pattern_detected',
      'pattern_approved',
      'email_staged',
      'rule_executed',
      'rule_created',
      'automation_paused',
    ]);
    expect((await get(`/${hidden.toHexString()}`)).status).toBe(404);
  });

  it('explains each entry in words and facts', async () => {
    const act = (await list('?action=rule_executed')).items[0];

    expect(act).toMatchObject({
      mailboxId: mailboxId.toHexString(),
      target: { type: 'email', id: 'm2' },
      isUnderWay: false,
      why: 'It comes from news@example.com.',
      rule: { id: ruleId.toHexString(), name: 'News', version: 1 },
      pattern: { id: patternId },
      message: null,
      before: { folder: { id: 'in', name: 'Inbox' }, isRead: false, flagStatus: 'notFlagged', categories: [] },
      change: { folder: { id: 'reading', name: 'Reading' }, isRead: null, flagStatus: null, categories: null },
      result: 'done',
      undo: { possible: true, undoneAt: null },
    });
    expect(act?.explanation).toMatch(/^The rule “News” \(version 1\) .*“Inbox”.* “Reading”.* until /);
    expect(Date.parse(act?.undo.until ?? '')).toBe(Date.parse(act?.createdAt ?? '') + 30 * 24 * 60 * minuteMs);
  });

  it('names the message of an action, and only that of the same mailbox', async () => {
    const message = { messageId: 'm3', sender: { name: 'Shop', email: 'shop@example.com' }, subject: 'Sale' };
    const receivedAt = at(10);
    await buildEmailEvent({ userId: ada.userId, mailboxId, ...message, receivedAt });
    await buildEmailEvent({ userId: ada.userId, mailboxId: new Types.ObjectId(), ...message, messageId: 'm2' });

    const { items } = await list('?targetType=email');

    expect(items.map(({ target, message: named }) => [target.id, named])).toEqual([
      ['m3', { ...message, receivedAt: receivedAt.toISOString() }],
      ['m2', null],
    ]);
  });

  it('holds the evidence where one entry is read, and not in lists', async () => {
    const listed = (await list('?action=rule_executed')).items[0];
    const { body } = await get(`/${listed?.id ?? ''}`);

    expect(auditResponse.parse(body).pattern).toEqual({ id: patternId, evidence: ['m1'] });
    expect(listed?.pattern).toEqual({ id: patternId });
  });

  it('shows what is under way as such', async () => {
    const { status, body } = await get(`/${staged.toHexString()}`);

    expect([status, body]).toMatchObject([
      200,
      { isUnderWay: true, result: null, undo: { possible: false, until: null } },
    ]);
    expect(auditResponse.parse(body).explanation).toContain('“MSEDB Staging”');
  });

  it('shows entries whose details are in no known form', async () => {
    const odd = await note(10_000, {
      details: { before: 7, change: 'x', why: {}, ruleId: 1, numbers: [] },
      targetType: 'email',
    });

    const { status, body } = await get(`/${odd._id.toHexString()}`);
    await odd.deleteOne();

    expect([status, body]).toMatchObject([200, { rule: null, before: null, change: null, why: null }]);
  });

  it.each<[string, () => string, () => string[]]>([
    [
      'mailboxId and action',
      () => `?mailboxId=${mailboxId.toHexString()}&action=rule_executed,email_staged`,
      () => ['email_staged m3', 'rule_executed m2'],
    ],
    ['targetType', () => '?targetType=settings', () => ['automation_paused all']],
    ['a message', () => '?targetId=m2', () => ['rule_executed m2']],
    [
      'a pattern',
      () => `?targetType=pattern&targetId=${patternId}`,
      () => [`pattern_detected ${patternId}`, `pattern_approved ${patternId}`],
    ],
    [
      'a rule',
      () => `?ruleId=${ruleId.toHexString()}`,
      () => ['email_staged m3', 'rule_executed m2', `rule_created ${ruleId.toHexString()}`],
    ],
    [
      'time',
      () => `?from=${at(4.5).toISOString()}&to=${at(2.5).toISOString()}`,
      () => ['email_staged m3', 'rule_executed m2'],
    ],
  ])('is filtered by %s', async (_what, query, expected) => {
    expect(await shown(query())).toEqual(expected());
  });

  it.each<[string, () => string, number]>([
    ['', () => '', 4],
    [' for a rule', () => `ruleId=${ruleId.toHexString()}&`, 2],
  ])('comes page by page%s', async (_of, filter, limit) => {
    const all = await shown(`?${filter()}`);
    const first = await list(`?${filter()}limit=${limit}`);
    const second = await list(`?${filter()}limit=${limit}&cursor=${first.nextCursor}`);

    expect([...first.items, ...second.items].map(({ action, target }) => `${action} ${target.id}`)).toEqual(all);
    expect([first.items.length, second.nextCursor]).toEqual([limit, null]);
  });

  it.each([
    '?limit=0',
    '?limit=201',
    '?cursor=abc',
    '?action=flown',
    '?action[$ne]=rule_created',
    '?targetType=folder',
    '?targetId=',
    '?ruleId=1',
    '?mailboxId=1',
    '?from=yesterday',
    '?from=2026-02-02&to=2026-02-01',
    '?why=x',
  ])('is refused for %s', async (query) => {
    const { status, body } = await get(query);

    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
  });

  it("is its owner's alone", async () => {
    const bea = await Listener.create();

    expect((await get(`?mailboxId=${mailboxId.toHexString()}`, bea)).status).toBe(404);
    expect((await get(`/${staged.toHexString()}`, bea)).status).toBe(404);
    expect((await service.http.get('/api/audit')).status).toBe(401);
    expect((await list('?targetId=m2', bea)).items).toEqual([]);
  });
});
