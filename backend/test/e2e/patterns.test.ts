import type { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pattern } from '../../src/models/index.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { nextNumber } from '../factories/sequence.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { ownerWithFolders } from '../integration/patterns/decisions/decision-fixture.ts';
import { type Person, person } from '../integration/patterns/decisions/person.ts';

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

describe('the list of patterns', () => {
  let ann: Person;
  const list = async (query = '') => (await ann.browser.once(`/api/patterns${query}`)).body;
  beforeAll(async () => {
    ann = await person(accounts);
    await ann.suggestion({ confidence: 95.25 });
    await ann.suggestion({ confidence: 70, status: 'detected' });
    await ann.suggestion({ confidence: 95.25, status: 'rejected' });
    await ann.suggestion({
      confidence: 99,
      patternType: 'sender',
      condition: { senderDomain: 'example.com' },
      suggestedAction: { actionType: 'delete' },
    });
    await (await person(accounts)).suggestion({ confidence: 100 });
  });

  it('has the surest first, with folders by name and without evidence', async () => {
    const page = await list();

    expect(page).toMatchObject({ items: [{ confidence: 99 }, {}, {}, { confidence: 70 }], nextCursor: null });
    expect(page).toMatchObject({
      items: [
        {},
        {
          type: 'folder-routing',
          status: 'suggested',
          confidence: 95.25,
          threshold: 75,
          sampleSize: 50,
          exceptionCount: 1,
          condition: { senderEmail: 'news@example.com', senderDomain: null, fromFolder: null },
          action: { actionType: 'move', toFolder: { id: 'reading-id', name: 'Reading' } },
          rule: null,
        },
        {},
        {},
      ],
    });
    expect(JSON.stringify(page)).not.toContain('evidence');
  });

  it('in pages holds each once, also where the confidence is the same', async () => {
    const confidences: unknown[] = [];
    const ids = new Set<unknown>();
    for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
      const page = await list(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      if (!isPage(page)) throw new Error(`No page: ${JSON.stringify(page)}`);
      for (const { id, confidence } of page.items) {
        ids.add(id);
        confidences.push(confidence);
      }
      cursor = page.nextCursor;
    }

    expect(confidences).toEqual([99, 95.25, 95.25, 70]);
    expect(ids.size).toBe(4);
  });

  it.each([
    ['?status=suggested', [99, 95.25]],
    ['?status=suggested,rejected', [99, 95.25, 95.25]],
    ['?status=detected&status=rejected', [95.25, 70]],
    ['?type=sender', [99]],
    ['?action=move', [95.25, 95.25, 70]],
    ['?minConfidence=95.25', [99, 95.25, 95.25]],
    ['?status=suggested&action=move&minConfidence=90', [95.25]],
    ['?status=approved', []],
  ])('is filtered by %s', async (query, confidences) => {
    const page = await list(query);

    expect(page).toMatchObject({ items: confidences.map((confidence) => ({ confidence })) });
  });

  it('is of one mailbox, if that is asked for', async () => {
    const { mailboxId } = await ownerWithFolders({ userId: ann.userId, isConnected: false });

    expect(await list(`?mailbox=${mailboxId.toString()}`)).toEqual({ items: [], nextCursor: null });
    expect(await list(`?mailbox=${ann.mailboxId.toString()}`)).toMatchObject({ items: [{}, {}, {}, {}] });
  });

  it.each(['?status=new', '?limit=201', '?limit=0', '?cursor=abc', '?minConfidence=101', '?sort=id', '?mailbox=1'])(
    'refuses %s',
    async (query) => {
      expect(await list(query)).toMatchObject({ error: { code: 'invalid_request' } });
    },
  );
});

interface Page {
  readonly items: readonly { readonly id?: unknown; readonly confidence?: unknown }[];
  readonly nextCursor?: unknown;
}

function isPage(body: unknown): body is Page {
  return body instanceof Object && 'items' in body && Array.isArray(body.items);
}

describe('one pattern', () => {
  it('explains itself in words and numbers', async () => {
    const { browser, suggestion } = await person(accounts);
    const timestamp = new Date();
    const path = await suggestion({
      evidence: [
        { messageId: 'm-1', timestamp, action: 'deleted', isException: true },
        { messageId: 'm-2', timestamp },
      ],
    });
    const { userId, mailboxId } = await Pattern.findById(path.split('/').at(-1)).orFail().lean();
    const sender = { name: 'News', email: 'news@example.com', domain: 'example.com' };
    await buildEmailEvent({ userId, mailboxId, messageId: 'm-1', sender, subject: 'Today', receivedAt: timestamp });

    const { status, body } = await browser.once(path);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      explanation: {
        finding: expect.stringMatching(/“Reading” 49 of 50 messages from news@example\.com/),
        certainty: expect.stringMatching(/91 %.*needs 75/),
        exceptions: expect.stringContaining('1 exception'),
        consequence: expect.stringMatching(/moved to “Reading”.*undo/),
      },
      evidence: [
        {
          messageId: 'm-1',
          message: {
            messageId: 'm-1',
            sender: { name: 'News', email: 'news@example.com' },
            subject: 'Today',
            receivedAt: timestamp.toISOString(),
          },
          timestamp: timestamp.toISOString(),
          action: 'deleted',
          isException: true,
          foundInPlace: false,
        },
        { messageId: 'm-2', message: null },
      ],
    });
  });

  it('is a folder without a name where the folder is gone', async () => {
    const { browser, suggestion } = await person(accounts);
    const path = await suggestion({ suggestedAction: { actionType: 'move', toFolder: 'gone-id' } });

    expect((await browser.once(path)).body).toMatchObject({ action: { toFolder: { id: 'gone-id', name: null } } });
  });
});

describe('asking for an analysis', () => {
  it("is taken for a connected mailbox, a conflict for a disconnected one, and not found for another's", async () => {
    const email = `person${nextNumber()}@contoso.example`;
    const browser = await accounts.join(email);
    const { _id, userId } = await accounts.mailbox(email);
    const other = await person(accounts);
    const { mailboxId } = await ownerWithFolders({ userId, isConnected: false });

    const ask = (id: Types.ObjectId) => browser.write('POST', `/api/mailboxes/${id.toString()}/analyze`);
    const answers = [await ask(_id), await ask(_id), await ask(mailboxId), await ask(other.mailboxId)];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 409, 404]);
    expect(answers[0]?.body).toEqual({ queued: true });
  });
});
