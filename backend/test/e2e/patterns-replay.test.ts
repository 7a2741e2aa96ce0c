import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wilsonLowerBound } from '../../src/patterns/statistics/wilson.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { recordMail } from '../integration/patterns/past.ts';
import { type Person, person } from '../integration/patterns/decisions/person.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ann: Person;
/** The messages of news@example.com that were not moved to Reading, the newest first. */
let exceptions: string[];
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ann = await person(accounts);
  for (let at = 0; at < 17; at += 1) await recordMail(ann, { movedTo: 'reading-id' }, { daysAgo: 5 + at });
  exceptions = [
    await recordMail(ann, { movedTo: 'receipts-id' }, { daysAgo: 3, subject: 'Your invoice' }),
    await recordMail(ann, 'left', { daysAgo: 7 }),
    await recordMail(ann, 'deleted', { daysAgo: 20 }),
  ];
  for (let at = 0; at < 5; at += 1) await recordMail(ann, 'deleted', { from: 'shop@fabrikam.example', daysAgo: 9 });
  await recordMail(ann, { movedTo: 'reading-id' }, { daysAgo: 0.5 });
  const ben = await person(accounts);
  await recordMail(ben, 'deleted');
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const move = { actionType: 'move', toFolder: 'reading-id' };
const conditions = { senderEmail: 'News@Example.com' };
const draft = (rule: object) =>
  ann.browser.write('POST', '/api/rules/replay', { mailboxId: ann.mailboxId.toString(), ...rule });

/** How many documents each collection has. */
async function countEverything(): Promise<Record<string, number>> {
  const collections = (await mongoose.connection.db?.collections()) ?? [];
  const counts = collections.map(async (one) => [one.collectionName, await one.countDocuments()] as const);
  return Object.fromEntries(await Promise.all(counts));
}

describe('the replay of a rule', () => {
  it('says what it would have done in the recorded past, and what the owner did', async () => {
    const { status, body } = await draft({ conditions, actions: [move] });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      considered: 25,
      matched: 20,
      agreed: 17,
      contradicted: 3,
      precision: 0.85,
      coverage: 0.8,
      contradictions: exceptions,
      contradictedMessages: exceptions.map((messageId) => ({ messageId, sender: { email: 'news@example.com' } })),
      sample: [
        {
          messageId: exceptions[0],
          sender: 'news@example.com',
          subject: 'Your invoice',
          ownerDid: 'moved',
          ownerMovedTo: { id: 'receipts-id', name: 'Receipts' },
          at: expect.any(String),
        },
        { messageId: exceptions[1], ownerDid: 'left', ownerMovedTo: null },
        { messageId: exceptions[2], ownerDid: 'deleted', ownerMovedTo: null },
      ],
    });
    expect(body).toHaveProperty('precisionBound', wilsonLowerBound(17, 20));
  });

  it('is the same for the pattern that suggests it', async () => {
    const path = await ann.suggestion();

    const answers = [await ann.browser.write('POST', `${path}/replay`), await draft({ conditions, actions: [move] })];

    const [ofPattern, ofRule] = answers.map(({ body }) => ({ ...Object(body), from: '', to: '' }));
    expect(ofPattern).toEqual(ofRule);
  });

  it('takes every condition, and judges by where the mail ends', async () => {
    const bodies = await Promise.all([
      draft({ conditions: { ...conditions, subjectContains: 'INVOICE' }, actions: [{ actionType: 'flag' }, move] }),
      draft({ conditions: { senderDomain: 'fabrikam.example' }, actions: [{ actionType: 'delete' }] }),
      draft({ conditions: { ...conditions, isNewsletter: true }, actions: [move] }),
      draft({ conditions, actions: [{ actionType: 'flag' }] }),
    ]);

    expect(bodies.map(({ body }) => body)).toMatchObject([
      { matched: 1, agreed: 0, contradicted: 1, precision: 0 },
      { matched: 5, agreed: 5, contradicted: 0, precision: 1, contradictions: [] },
      { matched: 0, precision: null, precisionBound: null, coverage: 0 },
      { matched: 20, agreed: 0, contradicted: 0, precision: null },
    ]);
  });

  it('writes nothing', async () => {
    const path = await ann.suggestion();
    await it365.service.queue('delta-sync').pause();
    const before = await countEverything();

    const answers = [await ann.browser.write('POST', `${path}/replay`), await draft({ conditions, actions: [move] })];

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await countEverything()).toEqual(before);
    expect(Object.values(before).reduce((sum, count) => sum + count)).toBeGreaterThan(50);
  });

  it.each<[string, object]>([
    ['without conditions', { conditions: {}, actions: [move] }],
    ['with an empty sender', { conditions: { senderEmail: '' }, actions: [move] }],
    ['with an unknown condition', { conditions: { ...conditions, body: 'x' }, actions: [move] }],
    ['without actions', { conditions, actions: [] }],
    ['that moves nowhere', { conditions, actions: [{ actionType: 'move' }] }],
    [
      'that moves to a folder that is not there',
      { conditions, actions: [{ actionType: 'move', toFolder: 'gone-id' }] },
    ],
    ['with more than a rule has', { conditions, actions: [move], isEnabled: true }],
  ])('refuses a rule %s', async (_what, rule) => {
    expect((await draft(rule)).status).toBe(400);
  });

  it("is not for another's mailbox", async () => {
    const { mailboxId } = await person(accounts);

    const { status } = await draft({ conditions, actions: [move], mailboxId: mailboxId.toString() });

    expect(status).toBe(404);
  });
});
