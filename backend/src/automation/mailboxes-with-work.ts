import mongoose, { type Types } from 'mongoose';
import { AuditLog, Mailbox, MessageState, RuleRun, StagedEmail } from '../models/index.ts';
import { drillEveryMs } from './undo/undo-drill.ts';

const mailboxesAtOnce = 500;

export interface WorkTime {
  /** Includes what is due by then, in milliseconds since the epoch. */
  readonly until: number;
  /** Includes mailboxes that are due for an undo drill. */
  readonly drills: boolean;
}

/** Selects the mailboxes that have work, over indexes, a few hundred at a time. */
export async function* mailboxesWithWork(
  mailboxIds: AsyncIterable<Types.ObjectId>,
  time: WorkTime,
): AsyncGenerator<Types.ObjectId, void, void> {
  for await (const batch of inBatches(mailboxIds)) {
    const busy = await withWork(batch, time);
    yield* batch.filter((id) => busy.has(id.toHexString()));
  }
}

async function withWork(batch: readonly Types.ObjectId[], { until, drills }: WorkTime): Promise<ReadonlySet<string>> {
  const mailboxId = mongoose.trusted({ $in: [...batch] });
  const due = mongoose.trusted({ $lte: new Date(until) });
  const found = await Promise.all([
    AuditLog.distinct('mailboxId', { mailboxId, openSince: mongoose.trusted({ $exists: true }), targetType: 'email' }),
    StagedEmail.distinct('mailboxId', { mailboxId, status: mongoose.trusted({ $in: ['executing', 'rescuing'] }) }),
    StagedEmail.distinct('mailboxId', { mailboxId, status: 'staged', expiresAt: due }),
    MessageState.distinct('mailboxId', { mailboxId, automation: 'pending' }),
    RuleRun.distinct('mailboxId', { mailboxId, status: mongoose.trusted({ $in: ['queued', 'running'] }) }),
    ...(drills ? [drillDue(batch, until)] : []),
  ]);
  return new Set(found.flat().map(String));
}

async function drillDue(batch: readonly Types.ObjectId[], until: number): Promise<Types.ObjectId[]> {
  const before = mongoose.trusted({ $lte: new Date(until - drillEveryMs) });
  const rows = await Mailbox.find(
    { _id: mongoose.trusted({ $in: [...batch] }), $or: [{ lastDrillAt: null }, { lastDrillAt: before }] },
    '_id',
  ).lean();
  return rows.map(({ _id }) => _id);
}

async function* inBatches(ids: AsyncIterable<Types.ObjectId>): AsyncGenerator<Types.ObjectId[], void, void> {
  let batch: Types.ObjectId[] = [];
  for await (const id of ids) {
    batch.push(id);
    if (batch.length < mailboxesAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
