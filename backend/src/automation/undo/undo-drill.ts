import type { GraphClient } from '../../graph/client.ts';
import { ThrottledError } from '../../graph/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { dayMs, hourMs } from '../../lib/durations.ts';
import { undos } from '../../lib/metrics.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { AuditLog, Mailbox, MessageState } from '../../models/index.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { lookAt } from '../find-message.ts';
import { FreshFolders } from '../places/fresh-folders.ts';
import { type MailAction, mailActionOf } from '../action-log.ts';
import type { StoredEntry } from '../audit/queries.ts';
import { propertiesBefore } from './undo-target.ts';
import { exists, isIn, missing, since } from '../../models/store/query-operators.ts';

export interface DrillDeps {
  readonly graphOf: (mailboxId: string) => GraphClient;
  readonly clock: Clock;
  /** Days for which an act can be undone. */
  readonly undoDays: number;
}

/**
 * `early`: the last drill was less than a day ago. `nothing`: there is no act that can be undone. `later`: Graph
 * throttles the mailbox.
 */
type DrillOutcome = 'early' | 'nothing' | 'later' | 'passed' | 'failed';

/** Slightly less than a day, so that a nightly drill does not slip to every second night. */
export const drillEveryMs = dayMs - hourMs;
/** The act to check is chosen at random from this many of the newest. */
const maxCandidates = 50;

/**
 * Checks once a day that one recent act of a mailbox can still be undone: the message can be read, and its original
 * folder can be used. Changes nothing in the mailbox. Notifies the owner of a failure.
 * @throws GraphError when Graph is not available: a later call repeats the drill; the errors of getToken; the signal's
 * reason
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

/** Chooses one of the newest acts that can be undone; skips messages that their owner has permanently deleted. */
async function chooseAct(owner: MailboxOwner, sinceMs: number): Promise<MailAction | undefined> {
  const rows = await AuditLog.find({
    ...owner,
    createdAt: since(new Date(sinceMs)),
    targetType: 'email',
    undoable: true,
    undoneAt: missing(),
  })
    .sort({ createdAt: -1 })
    .limit(maxCandidates)
    .lean<StoredEntry[]>();
  const acts = rows.flatMap((row) => mailActionOf(row) ?? []);
  const deleted = await readDeleted(owner, acts);
  const possible = acts.filter(({ messageId }) => !deleted.has(messageId));
  return possible[Math.floor(Math.random() * possible.length)];
}

/** Returns the ids of messages that observation found to be gone, or in Recoverable Items: MSEDB puts none there. */
async function readDeleted(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  acts: readonly MailAction[],
): Promise<ReadonlySet<string>> {
  const messageId = isIn(acts.map((act) => act.messageId));
  const mailbox = await Mailbox.findById(mailboxId, 'folders').lean();
  const recoverable = mailbox?.folders.filter(({ kind }) => kind === 'recoverable').map(({ id }) => id) ?? [];
  const isGone = [{ goneAt: exists() }, { folderId: isIn(recoverable) }];
  const states = await MessageState.find({ mailboxId, messageId, $or: isGone }, 'messageId').lean();
  return new Set(states.map((state) => state.messageId));
}

async function check(
  graph: { readonly client: GraphClient; readonly signal: AbortSignal },
  act: MailAction,
  now: number,
): Promise<'passed' | 'failed'> {
  const { folderId } = await propertiesBefore(act);
  const { userId, mailboxId, messageId } = act;
  const message = await lookAt({ ...graph, userId, mailboxId }, messageId);
  if (message !== undefined && (await isUsable(graph, act, folderId))) return 'passed';
  undos.inc({ outcome: 'drill_failed' });
  const day = new Date(Math.floor(now / dayMs) * dayMs);
  await notifyOnce(deterministicId(day, ['drill', act.mailboxId.toHexString()]), {
    userId: act.userId,
    mailboxIds: [act.mailboxId],
    type: 'system',
    priority: 'high',
    title: 'An action can no longer be undone',
    message:
      'Each night MSEDB checks that one recent action of your rules can still be undone. ' +
      'This check failed: the message or its original folder was deleted.',
  });
  return 'failed';
}

async function isUsable(
  graph: { readonly client: GraphClient; readonly signal: AbortSignal },
  { mailboxId }: MailAction,
  folderId: string,
): Promise<boolean> {
  const known = await Mailbox.findById(mailboxId, 'folders stagingFolderId').orFail().lean();
  return (await new FreshFolders(graph, known).faultOf(folderId)) === undefined;
}
