import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLog,
  buildIndexes,
  EmailEvent,
  MessageState,
  models,
  Pattern,
  RuleRun,
  StagedEmail,
} from '../../../../src/models/index.ts';
import { renameMessage } from '../../../../src/models/store/changed-id.ts';
import { applyObservations, recoverPending } from '../../../../src/observation/changes/apply.ts';
import { buildAuditLog } from '../../../factories/audit-log.ts';
import { buildPattern } from '../../../factories/pattern.ts';
import { buildRuleRun } from '../../../factories/rule-run.ts';
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

describe('what follows to the new id', () => {
  it('is everything that is known about the message, once', async () => {
    const id = 'old';
    const mailbox = mailboxOf();
    const owner = { userId: mailbox.userId, mailboxId: mailbox.mailboxId };
    await applyObservations(mailbox, [seen({ id }, at(1))]);
    const state = await MessageState.findOne({ ...owner, messageId: id })
      .lean()
      .orFail();
    const auditId = new Types.ObjectId();
    const { _id } = await buildAuditLog({ ...owner, targetType: 'email', targetId: id, action: 'rule_executed' });
    await buildStagedEmail({ ...owner, messageId: id, auditId, status: 'executed' });
    const open = await buildStagedEmail({ ...owner, messageId: id, auditId, status: 'staged' });
    await buildStagedEmail({ ...owner, messageId: 'new', auditId: new Types.ObjectId(), status: 'staged' });
    await buildRuleRun({ ...owner, messageIds: ['other', id] });
    await buildPattern({ ...owner, evidence: [{ messageId: 'other' }, { messageId: id }] });

    expect(await renameMessage(owner, state, 'new')).toBe('renamed');
    expect(await renameMessage(owner, state, 'new')).toBe('renamed');

    expect(await EmailEvent.distinct('messageId', owner)).toEqual(['new']);
    expect(await AuditLog.findById(_id).lean()).toMatchObject({ targetId: 'new' });
    expect(await StagedEmail.find({ ...owner, status: 'staged' }).lean()).toMatchObject([
      { _id: open._id, messageId: 'new' },
    ]);
    expect(await StagedEmail.distinct('messageId', owner)).toEqual(['new']);
    expect(await RuleRun.findOne(owner).lean()).toMatchObject({ messageIds: ['other', 'new'] });
    expect((await Pattern.findOne(owner).lean())?.evidence.map(({ messageId }) => messageId)).toEqual(['other', 'new']);
    expect(await MessageState.findOne({ ...owner, messageId: 'new' }).lean()).not.toHaveProperty('pending');
  });

  it('does not when the new id is known already, or another writer was faster', async () => {
    const [id, other] = ['old', 'other'];
    const mailbox = mailboxOf();
    const owner = { userId: mailbox.userId, mailboxId: mailbox.mailboxId };
    await applyObservations(mailbox, [seen({ id }, at(1)), seen({ id: other }, at(1))]);
    const state = await MessageState.findOne({ ...owner, messageId: id })
      .lean()
      .orFail();

    expect(await renameMessage(owner, state, other)).toBe('taken');
    expect(await renameMessage(owner, { ...state, version: 7 }, 'new')).toBe('changed');
    expect((await EmailEvent.distinct('messageId', owner)).toSorted()).toEqual([id, other]);
  });
});
