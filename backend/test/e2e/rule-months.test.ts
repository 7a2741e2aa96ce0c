import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../src/lib/durations.ts';
import { buildAuditLog } from '../factories/audit-log.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildRule } from '../factories/rule.ts';
import { buildRuleRun } from '../factories/rule-run.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

let service: TestService;
let ada: Listener;
let owner: { userId: Listener['userId']; mailboxId: Listener['userId'] };
beforeAll(async () => {
  service = await startTestService();
  ada = await Listener.create();
  owner = { userId: ada.userId, mailboxId: (await buildMailbox({ userId: ada.userId }))._id };
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const actions = [{ actionType: 'markRead' as const, order: 0 }];
const conditions = { senderEmail: 'news@example.com' };
const get = (path: string, who = ada) => service.http.get(path).set(who.headers);

describe('a rule', () => {
  it('tells what it did in the last 30 days, and what was taken back', async () => {
    const rule = await buildRule({ ...owner, actions, conditions });
    const act = { ...owner, targetType: 'email' } as const;
    const details = { ruleId: rule.id, result: 'done' };
    await buildAuditLog({ ...act, action: 'rule_executed', details });
    await buildAuditLog({ ...act, action: 'email_staged', details });
    await buildAuditLog({ ...act, action: 'email_rescued', details });
    await buildAuditLog({ ...act, action: 'undo_action', details });
    await buildAuditLog({ ...act, action: 'rule_executed', details: { ...details, result: 'overtaken' } });
    const old = new Date(Date.now() - 31 * dayMs);
    await buildAuditLog({ ...act, action: 'rule_executed', createdAt: old, details });
    await buildAuditLog({ ...act, action: 'rule_executed', userId: (await buildMailbox()).userId, details });

    const { body } = await get(`/api/rules/${rule.id}`);

    expect(body.last30Days).toEqual({ applied: 2, rescued: 1, undone: 1 });
    expect(body.activeRun).toBeNull();
  });

  it('has the run that is under way, and lists those that were started', async () => {
    const rule = await buildRule({ ...owner, actions, conditions });
    const ofRule = { ...owner, ruleId: rule._id };
    const done = await buildRuleRun({ ...ofRule, status: 'done', messageIds: ['a'], position: 1 });
    const running = await buildRuleRun({ ...ofRule, status: 'running', messageIds: ['a', 'b', 'c'], position: 2 });
    await buildRuleRun({ ...ofRule, status: 'previewed' });

    const { body } = await get(`/api/rules/${rule.id}`);
    const { body: runs } = await get(`/api/rules/${rule.id}/runs`);

    expect(body.activeRun).toEqual({ id: running.id, status: 'running', done: 2, total: 3 });
    expect(body.last30Days).toEqual({ applied: 0, rescued: 0, undone: 0 });
    expect(runs).toMatchObject({
      items: [
        { id: running.id, total: 3 },
        { id: done.id, status: 'done' },
      ],
    });
    expect(runs.items).toHaveLength(2);
    expect((await get(`/api/rules/${rule.id}/runs`, await Listener.create())).status).toBe(404);
  });
});
