import { type FilterQuery, mongo, Types } from 'mongoose';
import { defined } from '../../lib/defined.ts';
import { minuteMs } from '../../lib/durations.ts';
import { AuditLog, type IAuditLog } from '../AuditLog.ts';
import { orgLogKinds } from '../OrgLog.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { signalEntry } from './change-signal.ts';
import { dropOrgEntry, type OrgEntry, recordOrgEntry } from './org-log.ts';
import { exists, isIn } from './query-operators.ts';

// Words: docs/GLOSSARY.md, "Rules and automation". The audit log is a write-ahead log as well: an intent is a row that is
// written before the change it describes, open as long as it has `openSince`, and closed once the change, and what
// follows from it, is stored. Recovery completes an intent whose change took effect, and drops the others.

/** An intent older than this is not under way in any process: a request has ended by then. */
export const underWayMs = 10 * minuteMs;

/** An intent that is not written yet. */
export interface NewIntent {
  /** Derived from the occasion where it must not be written twice; a new id if left out. */
  readonly _id?: Types.ObjectId;
  readonly userId: string | Types.ObjectId;
  readonly mailboxId?: string | Types.ObjectId | undefined;
  readonly action: IAuditLog['action'];
  readonly targetType: IAuditLog['targetType'];
  readonly targetId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A row of the audit log as the store holds it. */
export type StoredIntent = IAuditLog & { readonly _id: Types.ObjectId };
export type OpenIntent = StoredIntent & { readonly openSince: Date };

/**
 * Writes an intent. If its id is there already, the stored one is left as it is, open or closed.
 * @returns the intent as it is stored, and whether this call wrote it
 */
export async function openIntent(
  intent: NewIntent & { readonly _id: Types.ObjectId },
  openSince: Date,
): Promise<{ readonly stored: StoredIntent; readonly isNew: boolean }> {
  try {
    return { stored: await insertIntent(intent, openSince), isNew: true };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const stored = await AuditLog.findById(intent._id).lean<StoredIntent>();
    if (stored === null) throw error;
    return { stored, isNew: false };
  }
}

/** Writes many intents with one request. @returns their ids, in order */
export async function openIntents(intents: readonly NewIntent[]): Promise<Types.ObjectId[]> {
  const openSince = new Date();
  const rows = await AuditLog.insertMany(intents.map((intent) => rowOf(intent, openSince)));
  return rows.map(({ _id }) => _id);
}

/** What the signal of a change needs of an entry. */
const signaled = { projection: { userId: 1, mailboxId: 1, action: 1, 'details.runId': 1 } } as const;

/**
 * Closes an intent. Of several that close it, the first one counts.
 * @param facts fields to set with it
 */
export async function closeIntent(_id: Types.ObjectId, facts: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const change = { $set: facts, $unset: { openSince: 1 } };
  const closed = await AuditLog.findOneAndUpdate({ _id, openSince: exists() }, change, signaled).lean();
  if (closed !== null) signalEntry(closed);
}

/** Closes many intents with one request. */
export async function closeIntents(ids: readonly Types.ObjectId[]): Promise<void> {
  await AuditLog.updateMany({ _id: isIn(ids) }, { $unset: { openSince: 1 } });
  const closed = await AuditLog.find({ _id: isIn(ids) }, signaled.projection).lean();
  for (const entry of closed) signalEntry(entry);
}

/** Removes an intent whose change did not take effect. */
export async function dropIntent(_id: Types.ObjectId): Promise<void> {
  await AuditLog.deleteOne({ _id });
}

/**
 * Writes an intent, makes the change, and closes the intent.
 * @param change returns undefined if it changed nothing: the intent is dropped. If it throws, the outcome is unknown:
 * the intent stays open until it is recovered
 * @param target whom an act on a user concerns, by their `logId`: for a user whom `change` creates
 * @throws the store's duplicate key error if an intent with this id exists; what `change` throws
 */
export async function withIntent<T>(
  intent: NewIntent,
  change: () => Promise<T | undefined>,
  target?: Types.ObjectId,
): Promise<T | undefined> {
  const { _id } = await insertIntent(intent, new Date());
  const kind = orgKindOf(intent);
  if (kind !== undefined)
    await recordOrgEntry({ _id, kind, by: new Types.ObjectId(intent.userId), ...factsOf(intent), target });
  const result = await change();
  if (result === undefined && kind !== undefined) await dropOrgEntry(_id);
  await (result === undefined ? dropIntent(_id) : closeIntent(_id));
  return result;
}

/** Returns the kind of entry that an admin's act for the organization, or on a user, has; undefined for any other intent. */
function orgKindOf({ action, targetType, details }: Pick<IAuditLog, 'action' | 'targetType' | 'details'>) {
  if (targetType !== 'user' && details?.['by'] !== 'admin') return undefined;
  return orgLogKinds.find((kind) => kind === action);
}

/**
 * The rules and whitelist of the organization belong to no person: their ids and lengths stay. A user is named by their
 * `logId`, and so must not be named in the details.
 */
function factsOf({ targetType, targetId, action, details }: NewIntent): Pick<OrgEntry, 'about' | 'details'> {
  if (targetType === 'user')
    return {
      about: new Types.ObjectId(targetId),
      ...(Object.keys(details).length > 0 && { details }),
    };
  const lengths = action === 'whitelist_updated' ? { before: details['before'], after: details['after'] } : {};
  return { details: { [targetType]: targetId, ...lengths } };
}

/** Finds open intents, the oldest first. The index on mailboxId or openSince serves it. */
export function findOpenIntents(filter: FilterQuery<IAuditLog>) {
  return AuditLog.find({ ...filter, openSince: exists() })
    .sort({ createdAt: 1, _id: 1 })
    .lean<OpenIntent[]>();
}

interface Recovery {
  /** Completes an intent whose change took effect, and closes it. @returns false if it has not taken effect */
  readonly complete: (intent: OpenIntent) => Promise<boolean>;
  /** Intents opened before this that did not take effect are dropped; if left out, none is. */
  readonly dropBefore?: Date;
  /** Tells a failure of one intent from one that all would meet; if left out, only an unreachable store is of all. */
  readonly concernsOne?: (error: unknown) => boolean;
}

export interface RecoveryReport {
  /** Number of intents that were completed. */
  readonly finished: number;
  /** Number of intents that did not take effect and are gone. */
  readonly dropped: number;
  /** Why the first of those that could not be recovered now could not. */
  readonly failure?: Error;
}

/**
 * Recovers what a crash left open. An intent that cannot be recovered keeps none of the others from it.
 * @throws what concerns all intents, such as a store that is away
 */
export async function recoverIntents(
  filter: FilterQuery<IAuditLog>,
  { complete, dropBefore, concernsOne }: Recovery,
): Promise<RecoveryReport> {
  let finished = 0;
  let dropped = 0;
  const recover = async (intent: OpenIntent): Promise<void> => {
    if (await complete(intent)) {
      finished += 1;
    } else if (dropBefore !== undefined && intent.openSince < dropBefore) {
      if (orgKindOf(intent) !== undefined) await dropOrgEntry(intent._id);
      await dropIntent(intent._id);
      dropped += 1;
    }
  };
  const failure = await recoverEach(findOpenIntents(filter).cursor(), recover, concernsOne);
  return defined<RecoveryReport>({ finished, dropped, failure });
}

/** Calls `recover` for each item. @returns the first failure that concerns one item; @throws any other at once */
export async function recoverEach<T>(
  items: AsyncIterable<T>,
  recover: (item: T) => Promise<void>,
  concernsOne: (error: unknown) => boolean = isAnswered,
): Promise<Error | undefined> {
  let failure: Error | undefined;
  for await (const item of items) {
    try {
      await recover(item);
    } catch (error) {
      if (!(error instanceof Error && concernsOne(error))) throw error;
      failure ??= error;
    }
  }
  return failure;
}

/** The driver's errors other than an answer of the server say that it cannot be reached. */
function isAnswered(error: unknown): boolean {
  return !(error instanceof mongo.MongoError) || error instanceof mongo.MongoServerError;
}

async function insertIntent(intent: NewIntent, openSince: Date): Promise<StoredIntent> {
  const row = await AuditLog.create(rowOf(intent, openSince));
  return row.toObject();
}

function rowOf({ mailboxId, ...intent }: NewIntent, openSince: Date) {
  return { ...intent, ...(mailboxId === undefined ? {} : { mailboxId }), openSince };
}
