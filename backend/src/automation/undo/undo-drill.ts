import mongoose, { type Types } from 'mongoose';
import type { GraphClient } from '../../graph/client.ts';
import { ItemNotFoundError, ThrottledError } from '../../graph/errors.ts';
import { getFolder } from '../../graph/folders.ts';
import type { Clock } from '../../lib/clock.ts';
import { undos } from '../../lib/metrics.ts';
import { AuditLog, type IAuditLog, Mailbox, MessageState } from '../../models/index.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { lookAt } from '../executor.ts';
import { type MailAction, mailActionOf } from '../action-log.ts';
import { propertiesBefore } from './undo-target.ts';

export interface DrillDeps {
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
  /** For how long an act can be undone. */
  readonly undoDays: number;
}

/**
 * `early`: the last one was not a day ago. `nothing`: there is no act that could be undone. `later`: Graph wants the
 * mailbox left alone.
 */
type DrillOutcome = 'early' | 'nothing' | 'later' | 'passed' | 'failed';

const dayMs = 24 * 60 * 60_000;
/** Somewhat less than a day, so that a drill of every night does not slip to every second one. */
export const drillEveryMs = dayMs - 60 * 60_000;
/** Among so many of the newest acts one is taken by chance. */
const candidates = 50;

type StoredRow = IAuditLog & { readonly _id: Types.ObjectId };

/**
 * Checks, once a day, that one of the acts of a mailbox could still be undone: that the message can be read, and that
 * the folder to put it back into is there. It only reads. A failure is told to the owner.
 * @throws GraphError when Graph cannot be asked now: the drill is held later; what getToken throws; the signal's reason
 */
export async function drillMailbox(
  deps: DrillDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<DrillOutcome> {
  const now = deps.clock();
  const mailbox = await Mailbox.findById(mailboxId, 'userId lastDrillAt').lean();
  if (mailbox === null) return 'nothing';
  if (mailbox.lastDrillAt !== undefined && now - mailbox.lastDrillAt.getTime() < drillEveryMs) return 'early';
  const act = await chooseAct({ userId: mailbox.userId, mailboxId: mailbox._id }, now - deps.undoDays * dayMs);
  try {
    const outcome = act === undefined ? 'nothing' : await check({ client: deps.graphOf(mailboxId), signal }, act, now);
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { lastDrillAt: new Date(now) } });
    return outcome;
  } catch (error) {
    if (error instanceof ThrottledError) return 'later';
    throw error;
  }
}

interface Owner {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/** One of the newest acts that can be undone; not of a message that its owner has deleted for good since. */
async function chooseAct(owner: Owner, sinceMs: number): Promise<MailAction | undefined> {
  const rows = await AuditLog.find({
    ...owner,
    createdAt: mongoose.trusted({ $gte: new Date(sinceMs) }),
    targetType: 'email',
    undoable: true,
    undoneAt: mongoose.trusted({ $exists: false }),
  })
    .sort({ createdAt: -1 })
    .limit(candidates)
    .lean<StoredRow[]>();
  const acts = rows.flatMap((row) => mailActionOf(row) ?? []);
  const gone = await goneForGood(owner, acts);
  const possible = acts.filter(({ messageId }) => !gone.has(messageId));
  return possible[Math.floor(Math.random() * possible.length)];
}

/** Those that observation has found to be gone: only their owner can do that. */
async function goneForGood({ mailboxId }: Owner, acts: readonly MailAction[]): Promise<ReadonlySet<string>> {
  const messageId = mongoose.trusted({ $in: acts.map((act) => act.messageId) });
  const goneAt = mongoose.trusted({ $exists: true });
  const states = await MessageState.find({ mailboxId, messageId, goneAt }, 'messageId').lean();
  return new Set(states.map((state) => state.messageId));
}

async function check(
  graph: { readonly client: GraphClient; readonly signal: AbortSignal },
  act: MailAction,
  now: number,
): Promise<'passed' | 'failed'> {
  const { folderId } = await propertiesBefore(act);
  if ((await lookAt(graph, act.messageId)) !== undefined && (await isThere(graph, folderId))) return 'passed';
  undos.inc({ outcome: 'drill_failed' });
  const day = new Date(Math.floor(now / dayMs) * dayMs);
  await notifyOnce(deterministicId(day, ['drill', act.mailboxId.toHexString()]), {
    userId: act.userId,
    type: 'system',
    priority: 'high',
    title: 'An action could not be undone any more',
    message:
      'Each night it is checked that one of the latest actions of your rules could still be undone. ' +
      'This time it could not: the message, or the folder that it was in, does not exist any more.',
  });
  return 'failed';
}

async function isThere(
  { client, signal }: { readonly client: GraphClient; readonly signal: AbortSignal },
  folderId: string,
): Promise<boolean> {
  try {
    await client.send(getFolder(folderId), { signal });
    return true;
  } catch (error) {
    if (error instanceof ItemNotFoundError) return false;
    throw error;
  }
}
