import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWhitelisted, readWhitelist } from '../../src/rules/whitelist.ts';
import { AuditLog, OrgSettings } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { person } from '../integration/patterns/decisions/person.ts';

const path = '/api/admin/whitelist';
const nothing = { whitelistedSenders: [], whitelistedDomains: [] };

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

describe('the whitelist of the organization', () => {
  it('is set by admins in one form, audited with how long it is, and holds for every mailbox at once', async () => {
    const ada = await it365.signedIn(admin);
    const before = await ada.once(path);

    const set = await ada.write('PATCH', path, {
      whitelistedSenders: [' Boss@Contoso.example ', 'boss@contoso.example'],
      whitelistedDomains: ['@Bank.example', 'bücher.example'],
    });
    const again = await ada.write('PATCH', path, { whitelistedDomains: ['bank.example', 'xn--bcher-kva.example'] });
    const one = await ada.write('PATCH', path, { whitelistedDomains: ['bank.example'] });

    expect([before.body, set.status]).toEqual([nothing, 200]);
    expect(set.body).toEqual({
      whitelistedSenders: ['boss@contoso.example'],
      whitelistedDomains: ['bank.example', 'xn--bcher-kva.example'],
    });
    expect(again.body).toEqual(set.body);
    expect(one.body).toEqual({ whitelistedSenders: ['boss@contoso.example'], whitelistedDomains: ['bank.example'] });
    expect((await ada.once(path)).body).toEqual(one.body);
    expect(await OrgSettings.countDocuments()).toBe(1);
    const rows = await AuditLog.find({ action: 'whitelist_updated' }).sort({ createdAt: 1 }).lean();
    expect(rows.map(({ targetType, openSince, details }) => [targetType, openSince, details])).toMatchObject([
      ['settings', undefined, { before: { whitelistedDomains: 0 }, after: { whitelistedSenders: 1 } }],
      ['settings', undefined, { before: { whitelistedDomains: 2 }, after: { whitelistedDomains: 1 } }],
    ]);
    const whitelist = await readWhitelist({ whitelistedSenders: [], whitelistedDomains: ['mine.example'] });
    const senders = ['a@mail.bank.example', 'a@mine.example', 'boss@contoso.example', 'clerk@contoso.example'];
    expect(senders.map((sender) => isWhitelisted(whitelist, sender))).toEqual([true, true, true, false]);
  });

  it('is for admins alone, and refuses what is none', async () => {
    const [ada, ann] = [await it365.signedIn(admin), await person(accounts)];
    const before = (await ada.once(path)).body;
    const faulty = [
      { whitelistedSenders: ['boss@'] },
      { whitelistedDomains: ['*'] },
      { whitelistedDomains: [{ $ne: '' }] },
      { domains: [] },
      { whitelistedDomains: Array.from({ length: 1_001 }, (_, index) => `d${index}.example`) },
    ];

    const refused = [];
    for (const body of faulty) refused.push((await ada.write('PATCH', path, body)).status);

    expect([(await ann.browser.once(path)).status, (await ann.browser.write('PATCH', path, {})).status]).toEqual([
      403, 403,
    ]);
    expect(refused).toEqual([400, 400, 400, 400, 400]);
    expect((await ada.once(path)).body).toEqual(before);
  });
});

describe('the whitelist of a mailbox', () => {
  it('keeps each entry once, in lower case, and is audited with how long it is', async () => {
    const ann = await person(accounts);
    const settings = `/api/mailboxes/${ann.mailboxId.toString()}/settings`;

    const { status, body } = await ann.browser.write('PATCH', settings, {
      whitelistedSenders: ['Boss@Contoso.example', ' boss@contoso.example'],
      whitelistedDomains: ['Bank.example', 'bank.example'],
    });

    const lists = { whitelistedSenders: ['boss@contoso.example'], whitelistedDomains: ['bank.example'] };
    expect([status, body]).toMatchObject([200, { settings: lists }]);
    const rows = await AuditLog.find({ userId: ann.userId, action: 'whitelist_updated' }).lean();
    expect(rows).toMatchObject([
      { mailboxId: new Types.ObjectId(ann.mailboxId), details: { whitelistedSenders: 1, whitelistedDomains: 1 } },
    ]);
  });
});
