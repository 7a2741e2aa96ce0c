import type { Types } from 'mongoose';
import {
  AuditLog,
  EmailEvent,
  type IEmailEvent,
  type IMessageState,
  type IMonthlyCount,
  MessageState,
  MonthlyCount,
  Notification,
  Pattern,
  type PatternStatus,
  Rule,
  RuleRun,
  StagedEmail,
  WebhookSubscription,
} from '../models/index.ts';
import { maxPastOccurrences } from '../models/EmailEvent.ts';
import { isIn } from '../models/store/query-operators.ts';

const batchSize = 500;

/** Two rows of one mailbox. */
export interface MergePair {
  readonly userId: Types.ObjectId;
  /** The row that goes. */
  readonly from: Types.ObjectId;
  /** The row that stays. */
  readonly into: Types.ObjectId;
}

/**
 * Gives everything that was stored under one row of a mailbox to the other. What both have is kept once, with the
 * history of both. Each step can be repeated after an interruption.
 */
export async function mergeRows(pair: MergePair): Promise<void> {
  const { userId, from, into } = pair;
  await mergeStates(pair);
  await mergeEvents(pair);
  await mergeMonths(pair);
  await mergePatterns(pair);
  await mergeRules(pair);
  const owned = { userId, mailboxId: from };
  const change = { $set: { mailboxId: into } };
  await RuleRun.updateMany(owned, change);
  await mergeStaged(pair);
  await AuditLog.updateMany(owned, change);
  await AuditLog.updateMany(
    { userId, targetType: 'mailbox', targetId: from.toHexString() },
    { $set: { targetId: into.toHexString() } },
  );
  await Notification.updateMany({ userId, mailboxIds: from }, { $addToSet: { mailboxIds: into } });
  await Notification.updateMany({ userId, mailboxIds: from }, { $pull: { mailboxIds: from } });
  await WebhookSubscription.deleteMany(owned); // Graph lets it expire; the row that stays subscribes for itself
}

/** Both rows watched the same mail: what both have counted is kept once. */
async function mergeMonths({ userId, from, into }: MergePair): Promise<void> {
  const rows = MonthlyCount.find({ userId, mailboxId: from }).lean().cursor();
  for await (const batch of inBatches(rows)) {
    const senders = isIn(new Set(batch.map(({ sender }) => sender)));
    const known = new Set((await MonthlyCount.find({ userId, mailboxId: into, sender: senders }).lean()).map(countKey));
    const moved = batch.filter((row) => !known.has(countKey(row)));
    await MonthlyCount.updateMany({ _id: isIn(moved.map(({ _id }) => _id)) }, { $set: { mailboxId: into } });
  }
  await MonthlyCount.deleteMany({ userId, mailboxId: from });
}

function countKey({ sender, month, outcome, opened }: IMonthlyCount): string {
  return [sender, month, outcome, opened].join(' ');
}

/** Yields the rows of a cursor in lists. */
async function* inBatches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type MergedState = IMessageState & { _id: Types.ObjectId };

/** Of one message the later look counts. Versions only grow, or events of the next change would be taken for old ones. */
async function mergeStates({ userId, from, into }: MergePair): Promise<void> {
  const rows = MessageState.find({ userId, mailboxId: from }).lean<MergedState[]>().cursor();
  for await (const batch of inBatches(rows)) {
    const known = await MessageState.find({
      mailboxId: into,
      messageId: isIn(batch.map((row) => row.messageId)),
    }).lean();
    const byMessage = new Map(known.map((row) => [row.messageId, row]));
    const moved: Types.ObjectId[] = [];
    for (const row of batch) {
      const other = byMessage.get(row.messageId);
      const isLater = other === undefined || row.observedAt > other.observedAt;
      if (other !== undefined) {
        await MessageState.deleteOne({ _id: isLater ? other._id : row._id });
        const version = Math.max(row.version, other.version);
        await MessageState.updateOne({ _id: isLater ? row._id : other._id }, { $set: { version } });
      }
      if (isLater) moved.push(row._id);
    }
    await MessageState.updateMany({ _id: isIn(moved) }, { $set: { mailboxId: into } });
  }
}

type MergedEvent = IEmailEvent & { _id: Types.ObjectId };

/** Both rows saw what happened to the mailbox, so one occurrence may be in both: it counts once. */
async function mergeEvents({ userId, from, into }: MergePair): Promise<void> {
  const rows = EmailEvent.find({ userId, mailboxId: from }).lean<MergedEvent[]>().cursor();
  for await (const batch of inBatches(rows)) {
    const messageId = isIn(batch.map((row) => row.messageId));
    const known = await EmailEvent.find({ userId, mailboxId: into, messageId }).lean<MergedEvent[]>();
    const byKey = new Map(known.map((row) => [`${row.eventType} ${row.messageId}`, row]));
    const moved: Types.ObjectId[] = [];
    for (const row of batch) {
      const other = byKey.get(`${row.eventType} ${row.messageId}`);
      if (other === undefined) moved.push(row._id);
      else await mergeEvent(row, other);
    }
    await EmailEvent.updateMany({ _id: isIn(moved) }, { $set: { mailboxId: into } });
  }
}

/** The row that stays takes the later occurrence, and all others as its history. */
async function mergeEvent(row: MergedEvent, other: MergedEvent): Promise<void> {
  const [earlier, later] = row.timestamp > other.timestamp ? [other, row] : [row, other];
  const past = [...(earlier.history ?? []), ...(later.history ?? []), occurrenceOf(earlier)];
  const byTime = new Map(past.map((occurrence) => [occurrence.timestamp.getTime(), occurrence]));
  byTime.delete(later.timestamp.getTime());
  const history = [...byTime.values()].toSorted((a, b) => a.timestamp.getTime() - b.timestamp.getTime());
  const { _id, userId: _user, mailboxId: _mailbox, ...fields } = later;
  const occurrences = Math.max(row.occurrences, other.occurrences, history.length + 1);
  await EmailEvent.updateOne(
    { _id: other._id },
    {
      $set: {
        ...fields,
        occurrences,
        stateVersion: Math.max(row.stateVersion, other.stateVersion),
        ...(history.length > 0 && { history: history.slice(-maxPastOccurrences) }),
      },
    },
  );
  await EmailEvent.deleteOne({ _id: row._id });
}

function occurrenceOf({
  timestamp,
  fromFolder,
  toFolder,
  timeToAction,
  isRead,
  categories,
  metadata,
  stateVersion,
}: MergedEvent) {
  const { automatedByRule, automatedByAction } = metadata ?? {};
  return {
    timestamp,
    isRead,
    categories,
    stateVersion,
    ...(fromFolder !== undefined && { fromFolder }),
    ...(toFolder !== undefined && { toFolder }),
    ...(timeToAction !== undefined && { timeToAction }),
    ...(automatedByRule !== undefined && { automatedByRule }),
    ...(automatedByAction !== undefined && { automatedByAction }),
  };
}

/** What the owner decided outweighs what analysis found. */
const weights: Readonly<Record<PatternStatus, number>> = {
  detected: 0,
  suggested: 1,
  expired: 2,
  rejected: 3,
  approved: 4,
};

async function mergePatterns({ userId, from, into }: MergePair): Promise<void> {
  for (const row of await Pattern.find({ userId, mailboxId: from }, 'key status').lean()) {
    const other = await Pattern.findOne({ userId, mailboxId: into, key: row.key }, 'status').lean();
    if (other !== null && weights[other.status] >= weights[row.status]) {
      await Pattern.deleteOne({ _id: row._id });
      await Rule.updateMany({ userId, sourcePatternId: row._id }, { $unset: { sourcePatternId: 1 } });
      continue;
    }
    if (other !== null) await Pattern.deleteOne({ _id: other._id });
    await Pattern.updateOne({ _id: row._id }, { $set: { mailboxId: into } });
  }
}

/** Moved rules come after the others, in their order. Of two that do the same one stays, on only if both were on. */
async function mergeRules({ userId, from, into }: MergePair): Promise<void> {
  const known = await Rule.find({ userId, mailboxId: into }).lean();
  const byWords = new Map(known.map((rule) => [wordsOf(rule), rule]));
  let priority = Math.max(-1, ...known.map((rule) => rule.priority)) + 1;
  for (const rule of await Rule.find({ userId, mailboxId: from }).sort({ priority: 1, _id: 1 }).lean()) {
    const same = byWords.get(wordsOf(rule));
    if (same === undefined) {
      await Rule.updateOne({ _id: rule._id }, { $set: { mailboxId: into, priority } });
      priority += 1;
      continue;
    }
    if (!rule.isEnabled) await Rule.updateOne({ _id: same._id }, { $set: { isEnabled: false } });
    for (const model of [StagedEmail, RuleRun] as const)
      await model.updateMany({ userId, ruleId: rule._id }, { $set: { ruleId: same._id } });
    await Rule.deleteOne({ _id: rule._id });
  }
}

function wordsOf({
  conditions,
  actions,
}: {
  readonly conditions?: object;
  readonly actions: readonly object[];
}): string {
  return JSON.stringify([sorted(conditions ?? {}), actions.map(sorted)]);
}

function sorted(fields: object): [string, unknown][] {
  return Object.entries(fields).toSorted(([one], [other]) => one.localeCompare(other));
}

/** One message has one open row; the one that stays was first. */
async function mergeStaged({ userId, from, into }: MergePair): Promise<void> {
  for (const { _id, messageId, status } of await StagedEmail.find(
    { userId, mailboxId: from },
    'messageId status',
  ).lean()) {
    const other = await StagedEmail.exists({ userId, mailboxId: into, messageId, status });
    if (other === null) await StagedEmail.updateOne({ _id }, { $set: { mailboxId: into } });
    else await StagedEmail.deleteOne({ _id });
  }
}
