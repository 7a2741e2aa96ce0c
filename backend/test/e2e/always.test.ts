import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EmailEvent, Rule } from '../../src/models/index.ts';
import { patternKey } from '../../src/patterns/detection/candidate.ts';
import { buildPattern } from '../factories/pattern.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { type Person, person } from '../integration/patterns/decisions/person.ts';
import { recordMail } from '../integration/patterns/past.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ann: Person;
let newest: string;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ann = await person(accounts);
  for (let at = 0; at < 3; at += 1) await recordMail(ann, { movedTo: 'reading-id' }, { daysAgo: 5 + at });
  newest = await recordMail(ann, 'left', { daysAgo: 2 });
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const answer = z.object({ draft: z.record(z.string(), z.unknown()) });
const actions = [{ actionType: 'move', toFolder: 'reading-id' }];
const always = (messageId: string, mailboxId = ann.mailboxId.toString()) =>
  ann.browser.write('POST', `/api/messages/${messageId}/always`, { mailboxId, actions });

describe('always doing this with mail like this', () => {
  it('is a draft with what the owner did so far and what it would have done; a second call makes it a rule', async () => {
    const condition = { senderEmail: 'news@example.com' };
    const action = { actionType: 'move', toFolder: 'reading-id' } as const;
    const { userId, mailboxId } = ann;
    const numbers = { confidence: 62.5, tier: 'watching', sampleSize: 4, exceptionCount: 1 } as const;
    await buildPattern({
      userId,
      mailboxId,
      key: patternKey(condition, action),
      condition,
      suggestedAction: action,
      ...numbers,
    });

    const { status, body } = await always(newest);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      draft: { mailboxId: mailboxId.toString(), conditions: condition, actions },
      forecast: { confidence: 62.5, tier: 'watching', followed: 3, seen: 4 },
      replay: { matched: 4, agreed: 3 },
    });
    expect(await Rule.countDocuments({ userId })).toBe(0);
    const { draft } = answer.parse(body);
    expect(await ann.browser.write('POST', '/api/rules', draft)).toMatchObject({ status: 201 });
  });

  it('is about the mailing list where the message came from one, without a forecast where nothing is known', async () => {
    await EmailEvent.updateOne({ messageId: newest, eventType: 'arrived' }, { 'metadata.listId': 'dev.lists.example' });

    expect((await always(newest)).body).toMatchObject({
      draft: { conditions: { listId: 'dev.lists.example' } },
      forecast: null,
    });
  });

  it('is 404 for a message that is not known, and for another person', async () => {
    const ben = await person(accounts);

    expect((await always('unknown')).status).toBe(404);
    expect((await always(newest, ben.mailboxId.toString())).status).toBe(404);
  });
});
