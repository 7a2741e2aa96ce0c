import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Rule } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { buildAuditLog } from '../factories/audit-log.ts';

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Reading']);
});
afterEach(async () => {
  automated.it365.microsoft.faults.clear();
  await Rule.deleteMany({});
});
afterAll(() => automated[Symbol.asyncDispose]());

const undo = (auditId: string) => automated.browser.write('POST', `/api/audit/${auditId}/undo`);
const codeOf = (body: unknown): unknown => Object(Object(body).error).code;

/** A rule moves a message and marks it as read. @returns the message's id, and the act's */
async function acted() {
  await automated.rule({
    conditions: { senderEmail: 'news@letters.example' },
    actions: [
      { actionType: 'markRead', order: 0 },
      { actionType: 'move', toFolder: automated.folderId('Reading'), order: 1 },
    ],
  });
  const { id } = automated.person.does.deliver({ from: 'news@letters.example', categories: ['Blue'] });
  await automated.evaluated(id);
  const act = await AuditLog.findOne({ targetType: 'email', targetId: id }).lean().orFail();
  return { id, auditId: act._id.toHexString() };
}

describe('POST /api/audit/:id/undo', () => {
  it('puts a message back to how it was, and says how it stands', async () => {
    const { id, auditId } = await acted();
    const inbox = automated.folderId('inbox');

    const { status, body } = await undo(auditId);

    expect(status).toBe(200);
    expect(body).toEqual({
      undone: true,
      at: expect.any(String),
      restored: { folderId: inbox, isRead: false, flagStatus: 'notFlagged', categories: ['Blue'] },
      message: expect.objectContaining({
        messageId: id,
        sender: expect.objectContaining({ email: 'news@letters.example' }),
      }),
    });
    expect(automated.person.mailbox.get(id)).toMatchObject({ folderId: inbox, isRead: false, categories: ['Blue'] });
    const again = await undo(auditId);
    expect([again.status, codeOf(again.body)]).toEqual([409, 'already_undone']);
  });

  it('puts several back with one request, the newest first, and says of each how it ended', async () => {
    const first = await acted();
    const second = await acted();
    const others = (await buildAuditLog())._id.toHexString();
    automated.person.does.purge(second.id);

    const ids = [first.auditId, others, second.auditId, first.auditId];
    const { status, body } = await automated.browser.write('POST', '/api/audit/undo', { ids });

    expect([status, body]).toEqual([
      200,
      {
        results: [
          { id: first.auditId, ok: true, at: expect.any(String) },
          { id: others, ok: false, error: { code: 'not_found', message: expect.any(String) } },
          { id: second.auditId, ok: false, error: { code: 'message_gone', message: expect.any(String) } },
        ],
      },
    ]);
    expect(automated.person.mailbox.get(first.id)).toMatchObject({ folderId: automated.folderId('inbox') });
  });

  it('tells why it cannot be undone', async () => {
    const { id, auditId } = await acted();
    const others = await buildAuditLog();
    automated.person.does.purge(id);

    const gone = await undo(auditId);
    const foreign = await undo(others._id.toHexString());
    const none = await undo('nonsense');

    expect([gone.status, codeOf(gone.body)]).toEqual([409, 'message_gone']);
    expect([foreign.status, codeOf(foreign.body)]).toEqual([404, 'not_found']);
    expect(none.status).toBe(400);
    expect((await AuditLog.findById(auditId).lean())?.undoneAt).toBeUndefined();
  });
});
