import mongoose, { type Types } from 'mongoose';
import { AuditLog, Mailbox, MessageState, openRunStatuses, Rule, RuleRun, StagedEmail } from '../models/index.ts';
import { pausedBy } from './kill-switch.ts';
import { readDefinitionKeys } from './tell-owner.ts';
import { drillEveryMs } from './undo/undo-drill.ts';
import { exists, isIn, until } from '../models/store/query-operators.ts';

const mailboxesAtOnce = 500;

export interface WorkTime {
  /** Includes what is due by then, in milliseconds since the epoch. */
  readonly until: number;
  /** Includes the mailboxes without a known staging folder: after a restore there may be one. */
  readonly compareAll?: boolean;
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

async function withWork(
  batch: readonly Types.ObjectId[],
  { until: untilMs, drills, compareAll = false }: WorkTime,
): Promise<ReadonlySet<string>> {
  const mailboxId = isIn(batch);
  const due = until(new Date(untilMs));
  const found = await Promise.all([
    AuditLog.distinct('mailboxId', { mailboxId, openSince: exists(), targetType: 'email' }),
    StagedEmail.distinct('mailboxId', { mailboxId, status: isIn(['executing', 'rescuing']) }),
    StagedEmail.distinct('mailboxId', { mailboxId, status: 'staged', expiresAt: due }),
    MessageState.distinct('mailboxId', { mailboxId, automation: 'pending' }),
    MessageState.distinct('mailboxId', { mailboxId, automationOnRead: 'pending' }),
    withTimedRules(batch),
    Mailbox.distinct('_id', { _id: mailboxId, 'suspendedRules.ruleId': exists() }),
    RuleRun.distinct('mailboxId', { mailboxId, status: isIn(openRunStatuses) }),
    untold(batch),
    // their staging folder is compared with the rows each time
    ...(compareAll ? [batch] : [Mailbox.distinct('_id', { _id: mailboxId, stagingFolderId: exists() })]),
    ...(drills ? [drillDue(batch, untilMs)] : []),
  ]);
  return new Set(found.flat().map(String));
}

/** Mailboxes with a rule that acts some time after arrival. One of the organization may act in each. */
async function withTimedRules(batch: readonly Types.ObjectId[]): Promise<readonly Types.ObjectId[]> {
  const isTimed = {
    isEnabled: true,
    $or: [{ 'trigger.kind': 'afterHours' as const }, { 'conditions.olderThanDays': exists() }],
  };
  if ((await Rule.exists({ ...isTimed, scope: 'org' })) !== null) return batch;
  const found = await Rule.distinct('mailboxId', { mailboxId: isIn(batch), ...isTimed });
  return found.flatMap((id) => id ?? []);
}

/** Mailboxes whose owners were not told of all rules of the organization. */
async function untold(batch: readonly Types.ObjectId[]): Promise<Types.ObjectId[]> {
  const keys = await readDefinitionKeys();
  if (keys.length === 0) return [];
  const toldOfAll = { toldRules: mongoose.trusted({ $all: keys }) };
  return Mailbox.distinct('_id', { _id: isIn(batch), $nor: [toldOfAll] });
}

async function drillDue(batch: readonly Types.ObjectId[], untilMs: number): Promise<Types.ObjectId[]> {
  const isDue = until(new Date(untilMs - drillEveryMs));
  const rows = await Mailbox.find(
    { _id: isIn(batch), $or: [{ lastDrillAt: null }, { lastDrillAt: isDue }] },
    '_id',
  ).lean();
  return rows.map(({ _id }) => _id);
}

/**
 * Selects the mailboxes with staged mail to rescue now: what was requested, or postponed while automation was paused.
 * @param now milliseconds since the epoch
 */
export async function* mailboxesWithRescues(
  mailboxIds: AsyncIterable<Types.ObjectId>,
  now: number,
): AsyncGenerator<Types.ObjectId, void, void> {
  const isRetryDue = { $or: [{ nextTryAt: null }, { nextTryAt: until(new Date(now)) }] };
  for await (const batch of inBatches(mailboxIds)) {
    const mailboxId = isIn(batch);
    yield* await StagedEmail.distinct('mailboxId', { mailboxId, status: 'rescuing', ...isRetryDue });
    const postponed = { mailboxId, status: 'staged' as const, rescueReason: exists() };
    for (const id of await StagedEmail.distinct('mailboxId', postponed)) {
      if ((await pausedBy(id)) === undefined) yield id;
    }
  }
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
