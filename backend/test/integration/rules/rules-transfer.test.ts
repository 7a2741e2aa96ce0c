import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Rule } from '../../../src/models/index.ts';
import { Accounts } from '../../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../../harness/connected-service.ts';
import { archive, field, move, namesOf, news, writeRule } from './rules-fixture.ts';
import { person } from '../patterns/decisions/person.ts';

let it365: ConnectedService;
let accounts: Accounts;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const ruleTo = (id: string, index: number) => ({
  name: `to ${id} ${index}`,
  isEnabled: true,
  conditions: { senderEmail: `sender${index}@example.com` },
  actions: [{ actionType: 'move', toFolder: { id, path: [] } }],
});

describe('taking rules to another mailbox', () => {
  it('keeps their words and their order, finds folders by their names, and makes nothing twice', async () => {
    const [ann, ben] = [await person(accounts), await person(accounts)];
    await writeRule(ann, { name: 'one', actions: [move], conditions: { ...news, fromFolder: 'receipts-id' } });
    await writeRule(ann, { name: 'two', isEnabled: false });
    const folders = [
      { id: 'r1', displayName: 'Reading' },
      { id: 'r2', displayName: 'Receipts' },
      { id: 'r3', displayName: 'Archive', kind: 'archive' },
    ];
    await Mailbox.updateOne({ _id: ben.mailboxId }, { $set: { folders } });
    await writeRule(ben, { name: 'mine', conditions: { senderDomain: 'example.com' } });
    const { body: document } = await ann.browser.once(`/api/rules/export?mailboxId=${ann.mailboxId.toString()}`);
    const take = (fields: object = {}) =>
      ben.browser.write('POST', '/api/rules/import', { mailboxId: ben.mailboxId, document, ...fields });

    const imported = await take({ enable: true });
    const again = await take();

    expect(document).toMatchObject({
      format: 'msedb-rules',
      version: 1,
      rules: [{ name: 'one', actions: [{ toFolder: { id: 'reading-id', path: ['Reading'] } }] }, { name: 'two' }],
    });
    expect(imported).toMatchObject({
      status: 200,
      body: {
        created: [
          { name: 'one', isEnabled: true },
          { name: 'two', isEnabled: false },
        ],
        skipped: [],
        total: 2,
      },
    });
    expect(again.body).toEqual({ created: [], skipped: ['one', 'two'], total: 2 });
    expect(await namesOf(ben.browser)).toEqual(['mine', 'one', 'two']);
    expect(await Rule.findOne({ userId: ben.userId, name: 'one' }).lean()).toMatchObject({
      conditions: { ...news, fromFolder: 'r2' },
      actions: [{ actionType: 'move', toFolder: 'r1', order: 0 }],
    });
    const rows = await AuditLog.find({ userId: ben.userId, 'details.why': 'Imported' }).lean();
    expect(rows.map(({ action, openSince }) => [action, openSince])).toEqual([
      ['rule_created', undefined],
      ['rule_created', undefined],
    ]);
  });

  it('is refused as a whole, with all that is wrong, when the mailbox lacks something', async () => {
    const ann = await person(accounts);
    const rule = { name: 'fine', isEnabled: true, conditions: news, actions: [archive] };
    const gone = { id: 'x', path: ['Old', 'Bills'] };
    const rules = [
      rule,
      { ...rule, name: 'bad', actions: [{ actionType: 'move', toFolder: gone }] },
      { ...rule, name: 'worse', conditions: { ...news, fromFolder: { id: 'y', path: [] } } },
    ];
    const document = { format: 'msedb-rules', version: 1, rules };

    const answer = await ann.browser.write('POST', '/api/rules/import', { mailboxId: ann.mailboxId, document });
    const foreign = await ann.browser.write('POST', '/api/rules/import', {
      mailboxId: ann.mailboxId,
      document: { ...document, version: 2 },
    });

    expect([answer.status, foreign.status]).toEqual([400, 400]);
    const message = field(field(answer.body, 'error'), 'message');
    expect(message).toMatch(/rules\[1\] “bad”: toFolder: .*Old\/Bills; rules\[2\] “worse”: fromFolder: .* y$/);
    expect(await Rule.countDocuments({ userId: ann.userId })).toBe(0);
    expect(await AuditLog.countDocuments({ userId: ann.userId, action: 'rule_created' })).toBe(0);
  });

  it('names folders that cannot be used, and counts those beyond fifty', async () => {
    const ann = await person(accounts);
    const folders = [
      { id: 'bin', displayName: 'Deleted Items', kind: 'deleted' },
      { id: 'old', displayName: 'Old', parentFolderId: 'bin', kind: 'deleted' },
      { id: 'drafts', displayName: 'Drafts', kind: 'drafts' },
    ];
    await Mailbox.updateOne({ _id: ann.mailboxId }, { $set: { folders } });
    const document = {
      format: 'msedb-rules',
      version: 1,
      rules: Array.from({ length: 53 }, (_, index) => ruleTo(index === 0 ? 'drafts' : 'old', index)),
    };

    const { status, body } = await ann.browser.write('POST', '/api/rules/import', {
      mailboxId: ann.mailboxId,
      document,
    });

    expect([status, field(field(body, 'error'), 'code')]).toEqual([400, 'unknown_folder']);
    const message = String(field(field(body, 'error'), 'message'));
    expect(message).toMatch(
      /^rules\[0\] “to drafts 0”: toFolder: rules cannot use this folder; rules\[1\] “to old 1”: toFolder: rules cannot/,
    );
    expect(message).toMatch(/rules\[49\].*; and 3 more$/);
    expect(await Rule.countDocuments({ userId: ann.userId })).toBe(0);
  });
});
