import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import { faultless } from '../../../emulator/faults/notification-faults.ts';
import { AuditLog, MessageState, RuleRun, StagedEmail } from '../../../src/models/index.ts';
import { scopes } from './commands.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';
import { setPaused } from './requests.ts';

const askEveryMs = 60;
const briefLimitMs = 2_500;
/** After this time the jobs are promoted again. */
const roundLimitMs = 4_000;
const settleLimitMs = 120_000;

/** Waits a short time for open work to finish; faults and pauses may leave some of it open. */
export async function settleBriefly(fixture: MailboxFixture): Promise<void> {
  await untilNothing(() => openWork(fixture), briefLimitMs);
}

/**
 * Ends faults and pauses, and waits until no work is open and the stored state equals the mailbox.
 * @throws Error that lists what is still open
 */
export async function settle(fixture: MailboxFixture): Promise<void> {
  const { microsoft, backend } = fixture.service;
  microsoft.faults.clear();
  microsoft.notifier.faults = faultless;
  for (const scope of scopes) await setPaused(fixture, scope, false);
  await backend.ensureUp();
  const endsAt = Date.now() + settleLimitMs;
  for (;;) {
    await StagedEmail.updateMany(fixture.owner, { $unset: { nextTryAt: 1 } }); // as time would
    await fixture.promoteJobs();
    const open = await untilNothing(
      async () => [...(await openWork(fixture)), ...(await outdatedStates(fixture))],
      roundLimitMs,
    );
    if (open.length === 0) return;
    if (Date.now() > endsAt) throw new Error(await describeUnsettled(fixture, open));
  }
}

async function describeUnsettled({ owner, service }: MailboxFixture, open: readonly string[]): Promise<string> {
  const acts = await AuditLog.find({
    ...owner,
    targetType: 'email',
    openSince: mongoose.trusted({ $exists: true }),
  }).lean();
  const complaints = service.backend.output.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  const rows = acts.map((act) => JSON.stringify(act));
  return ['The service did not finish its work:', ...open, ...rows, ...complaints.slice(-10)].join('\n');
}

/** Reads until nothing is left or the time is over. @returns the last reading */
async function untilNothing(read: () => Promise<readonly string[]>, limitMs: number): Promise<readonly string[]> {
  const endsAt = Date.now() + limitMs;
  for (;;) {
    const open = await read();
    if (open.length === 0 || Date.now() > endsAt) return open;
    await delay(askEveryMs);
  }
}

/** Lists the work that the service still has to do. */
async function openWork(fixture: MailboxFixture): Promise<string[]> {
  const { owner } = fixture;
  const exists = mongoose.trusted({ $exists: true });
  const isClaimed = { status: mongoose.trusted({ $in: ['executing', 'rescuing'] }) };
  const isDue = { status: 'staged' as const, expiresAt: mongoose.trusted({ $lte: new Date() }) };
  const counts = {
    jobs: await fixture.busyJobs(),
    'messages not evaluated by rules': await MessageState.countDocuments({ ...owner, automation: 'pending' }),
    'changes without their events': await MessageState.countDocuments({ ...owner, pending: exists }),
    'open acts': await AuditLog.countDocuments({ ...owner, targetType: 'email', openSince: exists }),
    runs: await RuleRun.countDocuments({ ...owner, status: mongoose.trusted({ $in: ['queued', 'running'] }) }),
    'staged messages': await StagedEmail.countDocuments({ ...owner, $or: [isClaimed, isDue] }),
  };
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]));
}

/** Lists the messages whose stored state differs from the mailbox. */
async function outdatedStates({ owner, delivered, person }: MailboxFixture): Promise<string[]> {
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
    return isKnown ? [] : [`${id} is stored with other properties than it has`];
  });
}
