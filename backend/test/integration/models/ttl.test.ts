import mongoose from 'mongoose';
import { beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../../src/lib/durations.ts';
import {
  EmailEvent,
  LoginState,
  MessageState,
  models,
  Notification,
  OrgLog,
  Session,
  StagedEmail,
} from '../../../src/models/index.ts';
import { buildEmailEvent } from '../../factories/email-event.ts';
import { buildLoginState } from '../../factories/login-state.ts';
import { buildMessageState } from '../../factories/message-state.ts';
import { buildNotification } from '../../factories/notification.ts';
import { buildSession } from '../../factories/session.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { useTestDatabase } from '../../harness/database.ts';

const daysAgo = (days: number) => new Date(Date.now() - days * dayMs);
/** The store removes rows once a second here, but it may be busy. */
const patience = { interval: 100 };

useTestDatabase(models);
beforeAll(async () => {
  await mongoose.connection.getClient().db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
});

describe('the store', () => {
  it('removes an event after 90 days', async () => {
    const young = await buildEmailEvent({ timestamp: daysAgo(89) });
    const old = await buildEmailEvent({ timestamp: daysAgo(90) });

    await expect.poll(() => EmailEvent.exists({ _id: old._id }), patience).toBeNull();

    expect(await EmailEvent.exists({ _id: young._id })).not.toBeNull();
  });

  it('removes a notification after 30 days', async () => {
    const young = await buildNotification({ createdAt: daysAgo(29) });
    const old = await buildNotification({ createdAt: daysAgo(30) });

    await expect.poll(() => Notification.exists({ _id: old._id }), patience).toBeNull();

    expect(await Notification.exists({ _id: young._id })).not.toBeNull();
  });

  it("removes an entry of the organization's log after 365 days", async () => {
    const [young, old] = await OrgLog.create([
      { kind: 'signed_in', createdAt: daysAgo(364) },
      { kind: 'signed_in', createdAt: daysAgo(365) },
    ]);

    await expect.poll(() => OrgLog.exists({ _id: old?._id }), patience).toBeNull();

    expect(await OrgLog.exists({ _id: young?._id })).not.toBeNull();
  });

  it('forgets a message 90 days after it was gone, and never one that is still there', async () => {
    const there = await buildMessageState({ observedAt: daysAgo(400) });
    const young = await buildMessageState({ goneAt: daysAgo(89) });
    const old = await buildMessageState({ goneAt: daysAgo(90) });

    await expect.poll(() => MessageState.exists({ _id: old._id }), patience).toBeNull();

    expect(await MessageState.exists({ _id: young._id })).not.toBeNull();
    expect(await MessageState.exists({ _id: there._id })).not.toBeNull();
  });

  it('removes a session once it has ended', async () => {
    const open = await buildSession();
    const ended = await buildSession({ expiresAt: new Date() });

    await expect.poll(() => Session.exists({ _id: ended._id }), patience).toBeNull();

    expect(await Session.exists({ _id: open._id })).not.toBeNull();
  });

  it('removes a sign-in that nobody came back to', async () => {
    const open = await buildLoginState();
    const ended = await buildLoginState({ expiresAt: new Date() });

    await expect.poll(() => LoginState.exists({ _id: ended._id }), patience).toBeNull();

    expect(await LoginState.exists({ _id: open._id })).not.toBeNull();
  });

  it.each(['executed', 'rescued', 'expired'] as const)(
    'removes a staged-email row in the final state %s once it is past its time',
    async (status) => {
      const due = await buildStagedEmail({ status, expiresAt: daysAgo(1) });
      const later = await buildStagedEmail({ status });

      await expect.poll(() => StagedEmail.exists({ _id: due._id }), patience).toBeNull();

      expect(await StagedEmail.exists({ _id: later._id })).not.toBeNull();
    },
  );

  it('never removes a staged message, however late, until it is acted on', async () => {
    const staged = await buildStagedEmail({ status: 'staged', expiresAt: daysAgo(2) });
    for (const _round of [1, 2]) {
      const control = await buildStagedEmail({ status: 'executed', expiresAt: daysAgo(1) });
      await expect.poll(() => StagedEmail.exists({ _id: control._id }), patience).toBeNull();
    }
    expect(await StagedEmail.exists({ _id: staged._id })).not.toBeNull();

    await StagedEmail.updateOne({ _id: staged._id }, { status: 'executed', executedAt: new Date() });

    await expect.poll(() => StagedEmail.exists({ _id: staged._id }), patience).toBeNull();
  });
});
