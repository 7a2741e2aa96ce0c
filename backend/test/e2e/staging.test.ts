import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../src/lib/durations.ts';
import { Mailbox, Rule, StagedEmail } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { untilPasses } from '../harness/until-passes.ts';

const spam = 'spam@shop.example';

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Reading']);
  await automated.rule({
    name: 'Throw away',
    conditions: { senderEmail: spam },
    actions: [{ actionType: 'delete' }],
  });
});
afterAll(() => automated[Symbol.asyncDispose]());

const field = (body: unknown, name: string): unknown => Object(body)[name];
const folderOf = (messageId: string) => automated.person.mailbox.get(messageId).folderId;
const inbox = () => automated.folderId('inbox');

async function staged(subject = 'Offer') {
  const { id } = automated.person.does.deliver({ from: spam, subject });
  await automated.evaluated(id);
  return StagedEmail.findOne({ messageId: id }).lean().orFail();
}

async function listed(query = ''): Promise<unknown[]> {
  const { body } = await automated.browser.once(`/api/staging${query}`);
  return [field(body, 'items')].flat();
}

/** Has the scheduled job run now. @returns what it came to */
async function round(): Promise<unknown> {
  const queue = automated.it365.service.queue('staging-processor');
  const job = await queue.add('process-staging', {}, { attempts: 1 });
  await expect.poll(() => job.getState()).toMatch(/completed|failed/);
  return (await queue.getJob(job.id ?? ''))?.returnvalue;
}

describe('GET /api/staging', () => {
  it('shows what waits, what is due first first, with all there is to tell, page by page', async () => {
    const rows = [await staged('First'), await staged('Second')];
    const [first, second] = rows;

    const [one, other] = await listed();
    const { body: page } = await automated.browser.once('/api/staging?limit=1');
    const rest = await listed(`?limit=1&cursor=${String(field(page, 'nextCursor'))}`);

    expect(one).toEqual({
      id: first?._id.toHexString(),
      mailboxId: automated.owner.mailboxId.toHexString(),
      messageId: first?.messageId,
      message: {
        messageId: first?.messageId,
        sender: { name: expect.anything(), email: spam },
        subject: 'First',
        receivedAt: expect.any(String),
      },
      subject: 'First',
      sender: { name: expect.anything(), email: spam, domain: 'shop.example' },
      originalFolder: { id: inbox(), name: 'Inbox' },
      reason: 'rule',
      ruleId: first?.ruleId?.toHexString(),
      ruleName: 'Throw away',
      why: expect.stringContaining(spam),
      actId: first?.auditId.toHexString(),
      stagedAt: first?.stagedAt.toISOString(),
      expiresAt: first?.expiresAt.toISOString(),
      secondsLeft: expect.toSatisfy((seconds: number) => seconds > 86_000 && seconds <= 86_400),
      status: 'staged',
      rescueReason: null,
      fault: null,
    });
    expect(other).toMatchObject({ id: second?._id.toHexString(), subject: 'Second' });
    expect(rest).toMatchObject([{ id: second?._id.toHexString() }]);
    expect(await listed('?status=rescued')).toEqual([]);
    expect((await automated.browser.once('/api/staging?mailbox=aaaaaaaaaaaaaaaaaaaaaaaa')).status).toBe(404);
  });
});

describe('rescuing and executing', () => {
  it('puts a message back, and a second time changes nothing', async () => {
    const { _id, messageId } = await staged();
    const path = `/api/staging/${_id.toHexString()}`;

    const { status, body } = await automated.browser.write('POST', `${path}/rescue`);
    const again = await automated.browser.write('POST', `${path}/rescue`);
    const late = await automated.browser.write('POST', `${path}/execute`);

    expect([status, body]).toEqual([200, { id: _id.toHexString(), status: 'rescued' }]);
    expect([again.status, again.body]).toEqual([200, body]);
    expect([late.status, field(field(late.body, 'error'), 'code')]).toEqual([409, 'not_staged']);
    expect(folderOf(messageId)).toBe(inbox());
  });

  it('does it with many at once, each with a result of its own, and never with those of others', async () => {
    const rows = [await staged(), await staged(), await staged()];
    const others = await buildStagedEmail();
    const ids = [...rows, others].map(({ _id }) => _id.toHexString());
    const [a, b, c] = rows;

    const executed = await automated.browser.write('POST', '/api/staging/execute', { ids: [a?._id.toHexString()] });
    const { status, body } = await automated.browser.write('POST', '/api/staging/rescue', { ids: [...ids, ids[0]] });

    expect(executed.body).toEqual({ results: [{ id: ids[0], ok: true, status: 'executed' }] });
    expect(status).toBe(200);
    expect(body).toEqual({
      results: [
        { id: ids[0], ok: false, error: { code: 'not_staged', message: expect.any(String) } },
        { id: ids[1], ok: true, status: 'rescued' },
        { id: ids[2], ok: true, status: 'rescued' },
        { id: ids[3], ok: false, error: { code: 'not_found', message: expect.any(String) } },
      ],
    });
    const places = [a, b, c].map((row) => folderOf(row?.messageId ?? ''));
    expect(places).toEqual([automated.folderId('deleteditems'), inbox(), inbox()]);
    expect((await StagedEmail.findById(others._id).lean())?.status).toBe('staged');
    const single = await automated.browser.write('POST', `/api/staging/${ids[3]}/rescue`);
    expect(single.status).toBe(404);
    const none = await automated.browser.write('POST', '/api/staging/rescue', { ids: [] });
    expect(none.status).toBe(400);
  });
});

describe('the staging-processor', () => {
  it('deletes what is due in its round, and leaves alone what is not', async () => {
    const [due, waiting] = [await staged(), await staged()];
    await StagedEmail.updateOne({ _id: due._id }, { $set: { expiresAt: new Date(Date.now() - 1_000) } });

    expect(await round()).toMatchObject({ mailboxes: 1 });

    await expect.poll(() => folderOf(due.messageId)).toBe(automated.folderId('deleteditems'));
    expect(folderOf(waiting.messageId)).toBe(automated.folderId('MSEDB Staging'));
  });

  it('compares the staging folder of a mailbox in which nothing is due, and has nothing to do without one', async () => {
    const { messageId } = await staged();
    await StagedEmail.deleteOne({ messageId });
    expect(await round()).toMatchObject({ mailboxes: 1 });
    await untilPasses(async () => {
      expect(await listed()).toContainEqual(
        expect.objectContaining({ messageId, status: 'staged', reason: 'found', ruleName: 'Throw away' }),
      );
    });

    const { mailboxId } = automated.owner;
    const { stagingFolderId } = await Mailbox.findById(mailboxId).lean().orFail();
    await Mailbox.updateOne({ _id: mailboxId }, { $unset: { stagingFolderId: 1 } });
    await untilPasses(async () => expect(await round()).toMatchObject({ mailboxes: 0 }));
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { stagingFolderId } });
  });

  it('puts back what a rule has staged that was switched off', async () => {
    const { messageId, ruleId } = await staged();
    const path = `/api/rules/${String(ruleId)}/disable`;

    const { status } = await automated.browser.write('POST', path, {});

    expect(status).toBeLessThan(300);
    await expect.poll(() => folderOf(messageId)).toBe(inbox());
    await Rule.updateOne({ _id: ruleId }, { $set: { isEnabled: true } });
  });
});

/** How often we have written to the mailbox. */
function writes(): number {
  const entries = automated.it365.microsoft.truth.entries({ mailbox: automated.person.email });
  return entries.filter(({ actor }) => actor === 'app').length;
}

describe('pausing and resuming', () => {
  it.each(['/api/me/preferences', 'settings'])(
    'by %s: nothing is written, and nothing happens by surprise',
    async (path) => {
      const { _id, messageId } = await staged();
      const { mailboxId } = automated.owner;
      const url = path === 'settings' ? `/api/mailboxes/${mailboxId.toHexString()}/settings` : path;
      await automated.browser.write('PATCH', url, { automationPaused: true });
      const before = writes();
      await StagedEmail.updateOne({ _id }, { $set: { expiresAt: new Date(Date.now() - 60_000) } });

      await round();
      const refused = await automated.browser.write('POST', `/api/staging/${_id.toHexString()}/rescue`);
      expect([refused.status, field(field(refused.body, 'error'), 'code')]).toEqual([409, 'automation_paused']);
      expect(writes()).toBe(before);
      expect((await automated.browser.write('PATCH', url, { automationPaused: false })).status).toBe(200);
      await round();

      expect(folderOf(messageId)).toBe(automated.folderId('MSEDB Staging'));
      const row = await StagedEmail.findById(_id).lean().orFail();
      expect(row.status).toBe('staged');
      expect(row.expiresAt.getTime()).toBeGreaterThan(Date.now() + 23 * hourMs);
      expect((await Mailbox.findById(mailboxId).lean())?.settings.automationPaused).toBe(false);
    },
  );
});
