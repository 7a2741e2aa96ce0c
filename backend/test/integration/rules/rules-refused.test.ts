import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Rule } from '../../../src/models/index.ts';
import { Accounts } from '../../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../../harness/connected-service.ts';
import { archive, move, news } from './rules-fixture.ts';
import { type Person, person } from '../patterns/decisions/person.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ann: Person;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ann = await person(accounts);
  const folders = [
    { id: 'drafts-id', displayName: 'Drafts', kind: 'drafts' },
    { id: 'sent-id', displayName: 'Sent', kind: 'sent' },
    { id: 'below-sent-id', displayName: 'Old', parentFolderId: 'sent-id' },
    { id: 'deleted-id', displayName: 'Deleted', kind: 'deleted' },
    { id: 'staging-id', displayName: 'MSEDB Staging' },
  ];
  await Mailbox.updateOne({ _id: ann.mailboxId }, { $push: { folders }, $set: { stagingFolderId: 'staging-id' } });
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

describe('a rule', () => {
  it.each<[string, object]>([
    ['no condition', { conditions: {} }],
    ['a condition that holds for nearly all mail', { conditions: { isNewsletter: false } }],
    ['an empty sender', { conditions: { senderEmail: '' } }],
    ['an empty subject', { conditions: { subjectContains: '  ' } }],
    ['an empty folder', { conditions: { fromFolder: '' } }],
    ['an unknown condition', { conditions: { ...news, body: 'x' } }],
    ['an unknown key', { priority: 1 }],
    ['an empty name', { name: ' ' }],
    ['an operator', { conditions: { senderEmail: { $gt: '' } } }],
    ['a folder to look in that is not there', { conditions: { ...news, fromFolder: 'gone-id' } }],
    ['a folder to look in that is not for rules', { conditions: { ...news, fromFolder: 'sent-id' } }],
    ['no action', { actions: [] }],
    ['eleven actions', { actions: Array.from({ length: 11 }, () => ({ actionType: 'categorize', category: 'A' })) }],
    ['an unknown action', { actions: [{ actionType: 'forward' }] }],
    ['a move to nowhere', { actions: [{ actionType: 'move' }] }],
    ['a move to a folder that is not there', { actions: [{ actionType: 'move', toFolder: 'gone-id' }] }],
    ['a move to the drafts', { actions: [{ actionType: 'move', toFolder: 'drafts-id' }] }],
    ['a move below the sent mail', { actions: [{ actionType: 'move', toFolder: 'below-sent-id' }] }],
    ['a move to the staging folder', { actions: [{ actionType: 'move', toFolder: 'staging-id' }] }],
    ['a move past the staging folder', { actions: [{ actionType: 'move', toFolder: 'deleted-id' }] }],
    ['a move to where it is', { conditions: { fromFolder: 'reading-id' }, actions: [move] }],
    ['two places', { actions: [move, { actionType: 'delete' }] }],
    ['two moves', { actions: [move, move] }],
    ['a mark twice', { actions: [{ actionType: 'flag' }, archive, { actionType: 'flag' }] }],
    ['a folder for what needs none', { actions: [{ actionType: 'delete', toFolder: 'reading-id' }] }],
    ['a category without a name', { actions: [{ actionType: 'categorize', category: ' ' }] }],
  ])('with %s is refused, and nothing is stored', async (_what, fields) => {
    const rule = { mailboxId: ann.mailboxId, conditions: news, actions: [archive], ...fields };

    expect((await ann.browser.write('POST', '/api/rules', rule)).status).toBe(400);
    expect(await Rule.countDocuments({ userId: ann.userId })).toBe(0);
    expect(await AuditLog.countDocuments({ userId: ann.userId, action: 'rule_created' })).toBe(0);
  });

  it('that archives is refused as long as the mailbox has no archive folder, and says what to do', async () => {
    const ben = await person(accounts);
    await Mailbox.updateOne({ _id: ben.mailboxId }, { $pull: { folders: { kind: 'archive' } } });
    const rule = { mailboxId: ben.mailboxId, conditions: news, actions: [archive] };

    const { status, body } = await ben.browser.write('POST', '/api/rules', rule);

    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { message: expect.stringContaining('archive a message in Outlook') } });
  });
});
