import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Pattern, Rule } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { idOf, person } from '../integration/patterns/decisions/person.ts';

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

describe('deciding about a pattern', () => {
  it('answers with the pattern and the rule as they are then', async () => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion();

    const approved = await browser.write('POST', `${path}/approve`);
    const again = await browser.write('POST', `${path}/approve`, {});
    const withdrawn = await browser.write('POST', `${path}/withdraw`);
    const rejected = await browser.write('POST', `${path}/reject`, { never: true, reason: 'I read these' });

    const rule = { name: 'Move mail of news@example.com to Reading', isCustomized: false };
    expect(approved).toMatchObject({ status: 200, body: { status: 'approved', rule: { ...rule, isEnabled: true } } });
    expect(again.body).toEqual(approved.body);
    expect(withdrawn).toMatchObject({
      status: 200,
      body: { status: 'suggested', rule: { ...rule, isEnabled: false } },
    });
    expect(rejected).toMatchObject({ status: 200, body: { status: 'rejected', rule: { isEnabled: false } } });
    const rows = await AuditLog.find({ targetId: idOf(path) })
      .sort({ createdAt: 1 })
      .lean();
    expect(rows.map(({ action, details }) => [action, details?.['why']])).toEqual([
      ['pattern_approved', 'Approved as it was found'],
      ['pattern_withdrawn', 'The owner withdrew the approval'],
      ['pattern_rejected', 'I read these'],
    ]);
  });

  it('takes a rejection back, and what is not rejected or not approved is a conflict', async () => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion();
    await browser.write('POST', `${path}/reject`, { never: true });
    const withdrawn = await browser.write('POST', `${path}/withdraw`);

    const reconsidered = await browser.write('POST', `${path}/reconsider`);
    const again = await browser.write('POST', `${path}/reconsider`, {});
    const approved = await browser.write('POST', `${path}/approve`);
    const refused = await browser.write('POST', `${path}/reconsider`);

    expect(reconsidered).toMatchObject({ status: 200, body: { status: 'suggested', rejectionCooldownUntil: null } });
    expect(again.body).toEqual(reconsidered.body);
    expect(approved).toMatchObject({ status: 200, body: { status: 'approved' } });
    for (const { status, body } of [withdrawn, refused]) {
      expect([status, body]).toMatchObject([409, { error: { code: 'illegal_transition' } }]);
    }
    const actions = (
      await AuditLog.find({ targetId: idOf(path) })
        .sort({ createdAt: 1 })
        .lean()
    ).map(({ action }) => action);
    expect(actions).toEqual(['pattern_rejected', 'pattern_reconsidered', 'pattern_approved']);
  });

  it('that is not possible now is a conflict that says what is', async () => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion({ status: 'detected' });

    const { status, body } = await browser.write('POST', `${path}/approve`);

    expect([status, body]).toMatchObject([
      409,
      { error: { code: 'illegal_transition', message: expect.stringMatching(/detected.*approved.*suggested/) } },
    ]);
  });

  it.each(['approve', 'reject', 'customize', 'withdraw', 'reconsider', 'replay'])(
    "%s is the owner's alone, and needs the token of a page of ours",
    async (verb) => {
      const [ben, cleo] = [await person(accounts), await person(accounts)];
      const path = await ben.suggestion();
      const before = await Pattern.findById(idOf(path)).lean();
      const body = verb === 'customize' ? { name: 'Mine' } : {};

      const foreign = await cleo.browser.write('POST', `${path}/${verb}`, body);
      const forged = await ben.browser.once(`${path}/${verb}`, { method: 'POST' });
      const stranger = await it365.browser().once(`${path}/${verb}`, { method: 'POST' });

      expect([foreign.status, forged.status, stranger.status]).toEqual([404, 403, 401]);
      expect((await cleo.browser.once(path)).status).toBe(404);
      expect(await Pattern.findById(idOf(path)).lean()).toEqual(before);
      expect(await Rule.countDocuments({ sourcePatternId: idOf(path) })).toBe(0);
    },
  );

  it.each([
    ['reject', { reason: 'x'.repeat(201) }],
    ['reject', { reason: ' ' }],
    ['reject', { never: 'yes' }],
    ['approve', { force: true }],
  ])('%s refuses %o', async (verb, body) => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion();

    expect((await browser.write('POST', `${path}/${verb}`, body)).status).toBe(400);
    expect(await Pattern.findById(idOf(path)).lean()).toMatchObject({ status: 'suggested' });
  });
});

describe('customizing a pattern', () => {
  it('makes a rule of the given values, and shows both: what was found, and that the rule differs', async () => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion();

    const { status, body } = await browser.write('POST', `${path}/customize`, {
      name: ' Later ',
      condition: { senderDomain: 'EXAMPLE.com', isNewsletter: true },
      action: { actionType: 'categorize', category: 'News' },
    });

    expect([status, body]).toMatchObject([
      200,
      {
        status: 'approved',
        condition: { senderEmail: 'news@example.com', senderDomain: null },
        action: { actionType: 'move' },
        rule: { name: 'Later', isEnabled: true, isCustomized: true },
      },
    ]);
    expect(await Rule.find({ sourcePatternId: idOf(path) }).lean()).toMatchObject([
      {
        conditions: { senderDomain: 'example.com', isNewsletter: true },
        actions: [{ actionType: 'categorize', category: 'News' }],
      },
    ]);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['an unknown key', { name: 'Mine', isEnabled: true }],
    ['an empty name', { name: ' ' }],
    ['a condition that holds for all mail', { condition: {} }],
    ['a condition that holds for nearly all mail', { condition: { isNewsletter: false } }],
    ['an unknown condition', { condition: { senderEmail: 'a@example.com', to: 'me' } }],
    ['an operator', { condition: { senderEmail: { $ne: '' } } }],
    ['an empty sender', { condition: { senderEmail: '' } }],
    ['an empty subject', { condition: { senderEmail: 'a@example.com', subjectPattern: '  ' } }],
    ['null', { condition: { senderEmail: null } }],
    ['a folder that is not there, to look in', { condition: { senderEmail: 'a@example.com', fromFolder: 'gone-id' } }],
    ['a move to nowhere', { action: { actionType: 'move' } }],
    ['a move to a folder that is not there', { action: { actionType: 'move', toFolder: 'gone-id' } }],
    ['a folder for what needs none', { action: { actionType: 'delete', toFolder: 'reading-id' } }],
    ['a category without a name', { action: { actionType: 'categorize', category: ' ' } }],
    ['an action that does not exist', { action: { actionType: 'forward' } }],
    ['two actions', { action: [{ actionType: 'flag' }, { actionType: 'delete' }] }],
  ])('refuses %s, and stores nothing of it', async (_what, customization) => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion();
    const before = await Pattern.findById(idOf(path)).lean();

    const { status } = await browser.write('POST', `${path}/customize`, customization);

    expect(status).toBe(400);
    expect(await Pattern.findById(idOf(path)).lean()).toEqual(before);
    expect(await Rule.countDocuments({ sourcePatternId: idOf(path) })).toBe(0);
    expect(await AuditLog.countDocuments({ targetId: idOf(path) })).toBe(0);
  });
});

describe('deciding about many patterns', () => {
  it('has a result for each, and what fails holds nothing up', async () => {
    const { browser, suggestion } = await person(accounts);
    const paths = [await suggestion(), await suggestion({ status: 'expired' }), await suggestion()];
    const unknown = 'f'.repeat(24);
    const [one = '', expired = '', two = ''] = paths.map(idOf);

    const { status, body } = await browser.write('POST', '/api/patterns/bulk', {
      decision: 'approve',
      ids: [one, expired, unknown, two, one],
    });

    expect(status).toBe(200);
    expect(body).toEqual({
      results: [
        { id: one, ok: true, status: 'approved' },
        { id: expired, ok: false, code: 'illegal_transition', message: expect.any(String) },
        { id: unknown, ok: false, code: 'not_found', message: expect.any(String) },
        { id: two, ok: true, status: 'approved' },
      ],
    });
    expect(await Rule.countDocuments({ sourcePatternId: mongoose.trusted({ $in: [one, two] }) })).toBe(2);
  });

  it('leaves what is likely only to a decision of its own', async () => {
    const { browser, suggestion } = await person(accounts);
    const [sure, likely] = [await suggestion({ tier: 'sure' }), await suggestion({ tier: 'likely' })];

    const { body } = await browser.write('POST', '/api/patterns/bulk', {
      decision: 'approve',
      ids: [idOf(sure), idOf(likely)],
    });

    expect(body).toMatchObject({ results: [{ ok: true }, { ok: false, code: 'not_sure' }] });
    expect(await browser.write('POST', `${likely}/approve`)).toMatchObject({
      body: { status: 'approved', tier: 'likely' },
    });
  });

  it('rejects them for ever, with one reason', async () => {
    const { browser, suggestion } = await person(accounts);
    const ids = [idOf(await suggestion()), idOf(await suggestion())];

    const answer = await browser.write('POST', '/api/patterns/bulk', {
      decision: 'reject',
      ids,
      never: true,
      reason: 'No',
    });

    expect(answer.body).toMatchObject({ results: [{ status: 'rejected' }, { status: 'rejected' }] });
    const rows = await Pattern.find({ _id: mongoose.trusted({ $in: ids }) }).lean();
    const years = rows.map(({ rejectionCooldownUntil }) => Number(rejectionCooldownUntil?.getFullYear()));
    expect(years.map((year) => year > new Date().getFullYear() + 98)).toEqual([true, true]);
  });

  it.each([
    { decision: 'approve', ids: [] },
    { decision: 'approve', ids: Array.from({ length: 501 }, (_, at) => at.toString(16).padStart(24, '0')) },
    { decision: 'approve', ids: ['1'] },
    { decision: 'approve', ids: ['f'.repeat(24)], never: true },
    { decision: 'withdraw', ids: ['f'.repeat(24)] },
  ])('is refused when it is not valid', async (body) => {
    const { browser } = await person(accounts);

    expect((await browser.write('POST', '/api/patterns/bulk', body)).status).toBe(400);
  });
});
