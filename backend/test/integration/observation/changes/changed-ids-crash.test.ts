import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditLog, buildIndexes, EmailEvent, MessageState, models, StagedEmail } from '../../../../src/models/index.ts';
import { renameMessage } from '../../../../src/models/store/changed-id.ts';
import { applyObservations, recoverPending } from '../../../../src/observation/changes/apply.ts';
import { buildAuditLog } from '../../../factories/audit-log.ts';
import { buildStagedEmail } from '../../../factories/staged-email.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { DyingStore } from '../../patterns/decisions/dying-store.ts';
import { at, mailboxOf, seen } from './looks.ts';

const uri = testDatabaseUri();

let store: DyingStore;
beforeAll(async () => {
  store = await DyingStore.connect(uri);
  await buildIndexes(models, recordIndexLog());
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

/** A message of a mailbox of its own, with a row of each kind about it. */
async function known() {
  const mailbox = mailboxOf();
  const { userId, mailboxId } = mailbox;
  await applyObservations(mailbox, [seen({ id: 'old' }, at(1))]);
  await buildAuditLog({ userId, mailboxId, targetType: 'email', targetId: 'old', action: 'email_staged' });
  await buildStagedEmail({ userId, mailboxId, messageId: 'old', auditId: new Types.ObjectId(), status: 'staged' });
  return mailbox;
}

it('a crash after any write of a change of id is made up for, by what reads the message next', async () => {
  let deaths = 0;
  for (let count = 1; ; count += 1) {
    const mailbox = await known();
    const { userId, mailboxId } = mailbox;
    const state = await MessageState.findOne({ mailboxId }).lean().orFail();
    const died = await store.dieAfter(count, () => renameMessage({ userId, mailboxId }, state, 'new'));

    // both ways in which it is found: by a look at the message, and at the start of synchronization
    if (count % 2 === 0) await recoverPending(mailbox);
    else await applyObservations(mailbox, [seen({ id: 'new', parentFolderId: 'archive' }, at(3))]);
    await applyObservations(mailbox, [seen({ id: 'new', parentFolderId: 'archive' }, at(4))]);

    const events = await EmailEvent.find({ mailboxId }).sort({ eventType: 1 }).lean();
    expect(events.map(({ eventType, messageId }) => `${eventType} ${messageId}`)).toEqual(['arrived new', 'moved new']);
    expect(await AuditLog.distinct('targetId', { mailboxId })).toEqual(['new']);
    expect(await StagedEmail.distinct('messageId', { mailboxId })).toEqual(['new']);
    const states = await MessageState.find({ mailboxId }).lean();
    expect(states).toMatchObject([{ messageId: 'new', formerIds: ['old'], folderId: 'archive' }]);
    expect(states[0]).not.toHaveProperty('pending');
    if (!died) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(5);
});
