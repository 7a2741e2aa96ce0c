import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GraphClient } from '../../../src/graph/client.ts';
import { EmailEvent, MessageState, StagedEmail } from '../../../src/models/index.ts';
import type { StagingFixture } from './staging/staging-fixture.ts';
import { type StagingSuite, startStagingSuite } from './staging/staging-suite-fixture.ts';

let suite: StagingSuite;
let fixture: StagingFixture;
beforeAll(async () => {
  suite = await startStagingSuite();
});
beforeEach(async () => {
  suite.emulator.awkward.set(false);
  fixture = await suite.newFixture();
});
afterAll(() => suite[Symbol.asyncDispose]());

const rests = (id: string) => fixture.message(id).folder;
const changeId = (id: string) => fixture.sync.person.mailbox.changeId(id).id;
const actions = async (id: string) => (await fixture.acts(id)).map(({ action }) => action);

/** Who is said to have done what, by type of event. */
async function doers(): Promise<string[]> {
  const events = await EmailEvent.find({ mailboxId: fixture.sync.mailboxId }).sort({ eventType: 1 }).lean();
  return events.map(({ eventType, metadata }) => `${eventType} by ${metadata?.automatedByAction ? 'us' : 'others'}`);
}

/** A client that does something right before its first request with this method. */
function clientThat(method: string, act: () => void): GraphClient {
  const { client } = fixture;
  let isDone = false;
  return {
    limiter: client.limiter,
    graphClock: client.graphClock,
    send: (request, options, onAnswer) => {
      if (!isDone && request.method === method) {
        isDone = true;
        act();
      }
      return client.send(request, options, onAnswer);
    },
  };
}

describe('staged mail whose id has changed', () => {
  it.each([false, true])('is rescued under its new id (seen by synchronization before: %s)', async (isSeen) => {
    const id = await fixture.stage();
    const newId = changeId(id);
    if (isSeen) await fixture.sync.sync();

    const [result] = await fixture.request('rescue', [isSeen ? newId : id]);
    await fixture.sync.sync();

    expect(result).toMatchObject({ ok: true, status: 'rescued' });
    expect(rests(newId)).toBe('Inbox');
    expect(await actions(newId)).toEqual(['email_staged', 'email_rescued']);
    expect(await actions(id)).toEqual([]);
    expect(await fixture.row(newId)).toMatchObject({ status: 'rescued', rescueReason: 'owner' });
    // what was not seen in the staging folder has not moved
    expect(await doers()).toEqual(['arrived by others', ...(isSeen ? ['moved by us'] : [])]);
  });

  it('goes to Deleted Items when its time is over', async () => {
    const id = await fixture.stage();
    const newId = changeId(id);

    expect(await fixture.runMaintenance()).toMatchObject({ executed: 1, expired: 0, failed: 0 });
    await fixture.sync.sync();

    expect(rests(newId)).toBe('Deleted Items');
    expect(await fixture.row(newId)).toMatchObject({ status: 'executed' });
    expect(await doers()).toEqual(['arrived by others', 'deleted by us']);
  });

  it('is followed when the id changes right before it is moved', async () => {
    const id = await fixture.stage();
    let newId = '';
    const client = clientThat('POST', () => {
      newId = changeId(id);
    });

    const [result] = await fixture.request('execute', [id], client);

    expect(result).toMatchObject({ ok: true, status: 'executed' });
    expect(rests(newId)).toBe('Deleted Items');
    expect(await fixture.act(newId, 'email_executed')).toMatchObject({ undoable: true, details: { result: 'done' } });
    expect(await fixture.row(newId)).toMatchObject({ status: 'executed' });
  });

  it('is gone only when nothing lives on', async () => {
    const id = await fixture.stage();
    fixture.sync.person.does.purge(id);

    expect(await fixture.runMaintenance()).toMatchObject({ executed: 0, settled: 1 });

    expect(await fixture.row(id)).toMatchObject({ status: 'expired' });
  });
});

describe('a move of ours that changes the id', () => {
  it('is staged under the new id, is ours, and can be taken back', async () => {
    suite.emulator.awkward.set({ idChange: 1 });
    await fixture.stage();
    suite.emulator.awkward.set(false);
    await fixture.sync.sync();
    const { messageId, status } = await StagedEmail.findOne({ mailboxId: fixture.sync.mailboxId }).lean().orFail();

    expect(status).toBe('staged');
    expect(rests(messageId)).toBe('MSEDB Staging');
    expect(await doers()).toEqual(['arrived by others', 'moved by us']);

    const [result] = await fixture.request('rescue', [messageId]);

    expect(result).toMatchObject({ ok: true, status: 'rescued' });
    expect(rests(messageId)).toBe('Inbox');
  });

  it('is undone, also where the undo changes it again', async () => {
    const toFolder = fixture.sync.folderId('Reading');
    const id = await fixture.actOn([{ actionType: 'move', toFolder, order: 0 }], { categories: ['Blue'] });
    const act = await fixture.act(id, 'rule_executed');
    await fixture.sync.sync();
    changeId(id);
    suite.emulator.awkward.set({ idChange: 1 });

    await fixture.undo(act._id);

    suite.emulator.awkward.set(false);
    await fixture.sync.sync();
    const [state, ...others] = await MessageState.find({ mailboxId: fixture.sync.mailboxId }).lean();
    expect(others).toEqual([]);
    expect(rests(state?.messageId ?? '')).toBe('Inbox');
    expect(await actions(state?.messageId ?? '')).toEqual(['rule_executed', 'undo_action']);
    expect(await fixture.act(state?.messageId ?? '', 'rule_executed')).toMatchObject({ undoneAt: expect.any(Date) });
    expect(await doers()).toEqual(['arrived by others', 'moved by us']);
  });
});

describe('a message that is not found', () => {
  const notFound = { kind: 'error', status: 404, code: 'ErrorItemNotFound', message: 'Not found.' } as const;

  it('is read once more before it counts as gone', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ ...notFound, target: 'graph', method: 'GET', path: '/me/messages/', times: 1 });

    expect(await fixture.runMaintenance()).toMatchObject({ executed: 1, expired: 0 });

    expect(rests(id)).toBe('Deleted Items');
  });

  it('is acted on by a rule, though Graph does not find it at once', async () => {
    suite.emulator.faults.add({ ...notFound, target: 'graph', method: 'GET', path: '/me/messages/', times: 1 });

    const id = await fixture.stage();

    expect(rests(id)).toBe('MSEDB Staging');
  });

  it('was moved all the same, when Graph says so of a move that it has carried out', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ ...notFound, target: 'graph', method: 'POST', times: 1, isCarriedOut: true });

    expect(await fixture.request('execute', [id])).toMatchObject([{ ok: true, status: 'executed' }]);

    expect(rests(id)).toBe('Deleted Items');
    expect(await fixture.act(id, 'email_executed')).toMatchObject({ undoable: true, details: { result: 'done' } });
  });
});
