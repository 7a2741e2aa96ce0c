import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { faultless } from '../../../emulator/faults/notification-faults.ts';
import { AuditLog, MessageState, RuleRun, StagedEmail } from '../../../src/models/index.ts';
import { scopes } from './commands.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';
import { setPaused } from './wishes.ts';

const askEveryMs = 60;
const calmMs = 2_500;
/** So long is waited for what was asked for, before it is asked for again. */
const patienceMs = 4_000;
const quietMs = 120_000;

/** Lets the service do what it has to do, as far as it can now: faults and pauses may keep it from it. */
export async function calmDown(fixture: MailboxFixture): Promise<void> {
  await untilNothing(() => openWork(fixture), calmMs);
}

/**
 * Ends faults and pauses, and waits until the service has done all that it has to do and knows the mailbox as it is.
 * @throws with what is still open
 */
export async function quietDown(fixture: MailboxFixture): Promise<void> {
  const { microsoft, backend } = fixture.service;
  microsoft.faults.clear();
  microsoft.notifier.faults = faultless;
  for (const scope of scopes) await setPaused(fixture, scope, false);
  await backend.ensureUp();
  const endsAt = Date.now() + quietMs;
  for (;;) {
    await StagedEmail.updateMany(fixture.owner, { $unset: { nextTryAt: 1 } }); // as time would
    await fixture.hasten();
    const open = await untilNothing(
      async () => [...(await openWork(fixture)), ...(await unknown(fixture))],
      patienceMs,
    );
    if (open.length === 0) return;
    if (Date.now() > endsAt) throw new Error(await restless(fixture, open));
  }
}

async function restless({ owner, service }: MailboxFixture, open: readonly string[]): Promise<string> {
  const acts = await AuditLog.find({
    ...owner,
    targetType: 'email',
    openSince: mongoose.trusted({ $exists: true }),
  }).lean();
  const complaints = service.backend.output.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  const rows = acts.map((act) => JSON.stringify(act));
  return ['The service does not come to rest:', ...open, ...rows, ...complaints.slice(-10)].join('\n');
}

/** @returns what there was in the end */
async function untilNothing(read: () => Promise<readonly string[]>, limitMs: number): Promise<readonly string[]> {
  const endsAt = Date.now() + limitMs;
  for (;;) {
    const open = await read();
    if (open.length === 0 || Date.now() > endsAt) return open;
    await delay(askEveryMs);
  }
}

/** What the service still has to do. */
async function openWork(fixture: MailboxFixture): Promise<string[]> {
  const { owner } = fixture;
  const exists = mongoose.trusted({ $exists: true });
  const isClaimed = { status: mongoose.trusted({ $in: ['executing', 'rescuing'] }) };
  const isDue = { status: 'staged' as const, expiresAt: mongoose.trusted({ $lte: new Date() }) };
  const counts = {
    jobs: await fixture.busyJobs(),
    'messages that rules have not looked at': await MessageState.countDocuments({ ...owner, automation: 'pending' }),
    'changes whose events are not written': await MessageState.countDocuments({ ...owner, pending: exists }),
    'open acts': await AuditLog.countDocuments({ ...owner, targetType: 'email', openSince: exists }),
    runs: await RuleRun.countDocuments({ ...owner, status: mongoose.trusted({ $in: ['queued', 'running'] }) }),
    'staged messages': await StagedEmail.countDocuments({ ...owner, $or: [isClaimed, isDue] }),
  };
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
}

/** What of the mailbox the service does not know. */
async function unknown({ owner, delivered, person }: MailboxFixture): Promise<string[]> {
  const states = await MessageState.find(owner).lean();
  const byId = new Map(states.map((state) => [state.messageId, state]));
  return [...delivered.keys()].flatMap((id) => {
    const state = byId.get(id);
    const { folderId, isRead, flag, categories } = person.mailbox.get(id);
    const isKnown =
      state?.folderId === folderId &&
      state.isRead === isRead &&
      state.flag === flag.flagStatus &&
      state.categories.toSorted().join() === categories.toSorted().join();
    return isKnown ? [] : [`${id} is not known as it is`];
  });
}
