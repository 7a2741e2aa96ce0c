import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Rule, StagedEmail } from '../../src/models/index.ts';
import { exists } from '../../src/models/store/query-operators.ts';
import { recoverRuleIntents } from '../../src/rules/changes/recover-rule-intents.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ada: Browser;
let bob: { readonly browser: Browser; readonly mailboxId: string };
let eve: { readonly browser: Browser; readonly mailboxId: string };
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ada = await it365.signedIn(admin);
  bob = await joined('bob@contoso.example');
  eve = await joined('eve@contoso.example');
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

async function joined(email: string) {
  const browser = await accounts.join(email);
  return { browser, mailboxId: (await accounts.mailbox(email))._id.toString() };
}

async function write(browser: Browser, path: string, body: object = {}, method: 'POST' | 'PATCH' = 'POST') {
  const { status, body: answer } = await browser.write(method, path, body);
  return { status, body: Object(answer) };
}

let senders = 0;

/** A rule of the organization that deletes. @returns its path and id */
async function newRule() {
  const conditions = { senderEmail: `attack${(senders += 1)}@sender.example` };
  const rule = { scope: 'org', conditions, actions: [{ actionType: 'delete' }] };
  const { body } = await write(ada, '/api/rules', rule);
  return { path: `/api/rules/${body.id}`, ruleId: String(body.id) };
}

async function answersIn(mailboxId: string, ruleId: string) {
  const { ruleAnswers = [] } = await Mailbox.findById(mailboxId).lean().orFail();
  return ruleAnswers.filter((answer) => answer.ruleId === ruleId).map(({ answer, version }) => [answer, version]);
}

const audited = (ruleId: string) => AuditLog.distinct('action', { targetId: ruleId, 'details.by': 'owner' });

describe('an answer to a rule of the organization', () => {
  it.each(['accept', 'decline'])("is refused for another's mailbox: %s, also by an admin", async (answer) => {
    const { path, ruleId } = await newRule();
    const version = answer === 'accept' ? { version: 1 } : {};

    const tries = [
      await write(eve.browser, `${path}/${answer}`, { mailboxId: bob.mailboxId, ...version }),
      await write(ada, `${path}/${answer}`, { mailboxId: bob.mailboxId, ...version }),
      await write(eve.browser, `${path}/replay`, { mailboxId: bob.mailboxId }),
    ];
    const ofAll = await write(ada, `${path}/${answer}`, version);

    expect(tries.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(ofAll.status).toBe(200);
    expect(await answersIn(bob.mailboxId, ruleId)).toEqual([]);
    expect(await answersIn(eve.mailboxId, ruleId)).toEqual([]);
  });

  it('is for nobody who is not signed in, needs the CSRF token, and shows no numbers to members', async () => {
    const { path, ruleId } = await newRule();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"version":1}' };

    const stranger = await it365.browser().once(`${path}/accept`, init);
    const forged = await bob.browser.once(`${path}/accept`, init);
    const { body } = await bob.browser.once(path);

    expect([stranger.status, forged.status]).toEqual([401, 403]);
    expect(await answersIn(bob.mailboxId, ruleId)).toEqual([]);
    expect(body).toMatchObject({ acceptance: null, answers: [{ mailboxId: bob.mailboxId, standing: 'open' }] });
  });

  it('accepts what its owner has seen, not what an admin has made of it since', async () => {
    const { path, ruleId } = await newRule();
    await write(ada, path, { conditions: { senderDomain: 'everybody.example' } }, 'PATCH');

    const old = await write(bob.browser, `${path}/accept`, { version: 1 });
    const future = await write(bob.browser, `${path}/accept`, { version: 3 });

    expect([old, future].map(({ status, body }) => [status, body.error.code])).toEqual([
      [409, 'rule_changed'],
      [409, 'rule_changed'],
    ]);
    expect(await answersIn(bob.mailboxId, ruleId)).toEqual([]);
  });

  it('never counts for a definition that was written at the same moment', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { path, ruleId } = await newRule();
      const [accepted] = await Promise.all([
        write(bob.browser, `${path}/accept`, { version: 1 }),
        write(ada, path, { conditions: { senderDomain: 'everybody.example' } }, 'PATCH'),
      ]);
      const { body } = await bob.browser.once(path);

      expect([200, 409]).toContain(accepted.status);
      expect(body).toMatchObject({ definitionVersion: 2, answers: [{ standing: 'open', isActing: false }] });
      expect(['', 'accepted,1']).toContain((await answersIn(bob.mailboxId, ruleId)).join());
    }
  });

  it('is stored and audited once, however often it is given at once', async () => {
    const { path, ruleId } = await newRule();

    const all = await Promise.all(
      Array.from({ length: 6 }, () => write(bob.browser, `${path}/accept`, { version: 1 })),
    );
    await write(bob.browser, `${path}/accept`, { version: 1 });

    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await answersIn(bob.mailboxId, ruleId)).toEqual([['accepted', 1]]);
    expect(await AuditLog.countDocuments({ action: 'rule_accepted', targetId: ruleId })).toBe(1);
  });

  it('is not lifted by an admin: a declined rule stays declined when it is changed, switched or renamed', async () => {
    const { path, ruleId } = await newRule();
    await write(bob.browser, `${path}/decline`);

    await write(ada, path, { actions: [{ actionType: 'flag' }] }, 'PATCH');
    await write(ada, `${path}/disable`);
    await write(ada, `${path}/enable`);

    expect((await bob.browser.once(path)).body).toMatchObject({
      needsAcceptance: false,
      answers: [{ standing: 'declined', isActing: false }],
    });
    expect(await audited(ruleId)).toEqual(['rule_declined']);
  });

  it('of who has MSEDB look only is counted apart: the rule does nothing there', async () => {
    const { path } = await newRule();
    await write(bob.browser, `${path}/accept`, { version: 1 });
    const before = Object((await ada.once(path)).body).acceptance;
    await Mailbox.updateOne({ _id: bob.mailboxId }, { $set: { access: 'look' } });
    const chosen = Object((await ada.once(path)).body).acceptance;
    await Mailbox.updateOne({ _id: bob.mailboxId }, { $set: { access: 'act', grantedScopes: ['Mail.ReadBasic'] } });
    const withdrawn = Object((await ada.once(path)).body).acceptance;
    await Mailbox.updateOne({ _id: bob.mailboxId }, { $unset: { grantedScopes: 1 } });

    expect(before).toMatchObject({ accepted: 1, declined: 0, looking: 0 });
    for (const counts of [chosen, withdrawn]) expect(counts).toEqual({ ...before, accepted: 0, looking: 1 });
  });

  it('is not asked for a rule of the caller’s own, nor taken for that of a colleague', async () => {
    const conditions = { senderEmail: 'own@sender.example' };
    const rule = { mailboxId: bob.mailboxId, conditions, actions: [{ actionType: 'flag' }] };
    const { body } = await write(bob.browser, '/api/rules', rule);
    const path = `/api/rules/${body.id}`;

    const own = await write(bob.browser, `${path}/accept`, { version: 1 });
    const others = await write(eve.browser, `${path}/decline`);
    const reason = await write(bob.browser, path, { reason: 'Mine' }, 'PATCH');

    expect([own.status, own.body.error.code]).toEqual([409, 'not_organizations']);
    expect([others.status, reason.status]).toEqual([404, 400]);
  });

  it('goes with the rule, and with the mailbox', async () => {
    const { path, ruleId } = await newRule();
    const zoe = await joined('zoe@contoso.example');
    for (const { browser } of [bob, zoe]) await write(browser, `${path}/accept`, { version: 1 });

    expect((await zoe.browser.write('DELETE', `/api/mailboxes/${zoe.mailboxId}?purge=true`)).status).toBeLessThan(300);
    expect(await Mailbox.countDocuments({ _id: zoe.mailboxId })).toBe(0);
    expect(await AuditLog.countDocuments({ mailboxId: zoe.mailboxId })).toBe(0);
    await ada.write('DELETE', path);

    expect(await answersIn(bob.mailboxId, ruleId)).toEqual([]);
  });
});

describe('a crash while a rule is declined', () => {
  it('leaves no staged mail to be deleted, and no answer without its entry', async () => {
    const { path, ruleId } = await newRule();
    await write(bob.browser, `${path}/decline`);
    const { userId } = await Mailbox.findById(bob.mailboxId).lean().orFail();
    const rule = await Rule.findById(ruleId).lean().orFail();
    const owner = { userId, mailboxId: (await accounts.mailbox('bob@contoso.example'))._id };
    const { _id } = await buildStagedEmail({ ...owner, ruleId: rule._id, status: 'staged' });
    // as it was between the answer and the rescue
    await AuditLog.updateOne({ action: 'rule_declined', targetId: ruleId }, { $set: { openSince: new Date() } });

    const report = await recoverRuleIntents(Date.now());

    expect(report.finished).toBe(1);
    expect(await StagedEmail.findById(_id).lean()).toMatchObject({ status: 'rescuing', rescueReason: 'rule_off' });
    expect(await AuditLog.countDocuments({ targetId: ruleId, openSince: exists() })).toBe(0);
  });
});
