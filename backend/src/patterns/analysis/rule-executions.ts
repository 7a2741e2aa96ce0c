import { isIn, isNotIn, missing, since } from '../../models/store/query-operators.ts';
import type { RecordedKind } from '../../models/fields/folder-kinds.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { z } from 'zod';
import { AuditLog, EmailEvent, MessageState } from '../../models/index.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { BurstOf, MessageAct } from '../detection/bursts.ts';
import type { VoteContext } from '../detection/votes.ts';

const messagesAtOnce = 500;

/** An action of a rule on a message, and the owner's reaction. */
export interface RuleExecution {
  readonly messageId: string;
  readonly ruleId: string;
  /** In Graph's time, as the events of the owner's reaction. */
  readonly at: Date;
  /** True when the owner reversed it afterwards. */
  readonly isContradicted: boolean;
  /** The burst by which the owner reversed it. */
  readonly burst?: string | undefined;
}

type ExecutionOwner = MailboxOwner & {
  readonly folderKindOf: VoteContext['folderKindOf'];
  readonly inGraphTime: AnalyzedMailbox['inGraphTime'];
  /** Left out, every reversal is a decision of its own. */
  readonly burstOf?: BurstOf;
};

/** The owner's reversal of an action, with the burst that it was part of. */
type Contradiction = Pick<RuleExecution, 'burst'>;

/** The details of an audit entry that describe the action of a rule. */
const executionDetails = z.object({
  ruleId: z.string(),
  change: z.object({ folderId: z.string().optional(), isRead: z.boolean().optional() }).default({}),
});

interface ExecutionRow {
  readonly messageId: string;
  readonly ruleId: string;
  readonly at: Date;
  readonly folderId: string | undefined;
  readonly isRead: boolean | undefined;
  readonly isUndone: boolean;
}

/**
 * Reads the actions of rules since a time, the last one of each rule on each message, and tells which of them the owner
 * contradicted: by undo; by rescue; by moving the message to another folder than the rule did, except to Deleted Items,
 * because filed mail may be deleted later; or by marking it as unread after a rule marked it as read. The owner's last
 * action on a message decides.
 */
export async function readRuleExecutions(
  owner: ExecutionOwner,
  ruleIds: readonly string[],
  start: Date,
): Promise<RuleExecution[]> {
  const executions = await readExecutions(owner, new Set(ruleIds), start);
  const result: RuleExecution[] = [];
  for (let first = 0; first < executions.length; first += messagesAtOnce) {
    const batch = executions.slice(first, first + messagesAtOnce);
    const contradictionOf = await contradictionsOf(owner, batch);
    for (const execution of batch) {
      const { messageId, ruleId, at, isUndone } = execution;
      const found = contradictionOf(execution);
      result.push({ messageId, ruleId, at, isContradicted: isUndone || found !== undefined, burst: found?.burst });
    }
  }
  return result;
}

async function readExecutions(
  { userId, mailboxId, inGraphTime }: ExecutionOwner,
  ruleIds: ReadonlySet<string>,
  start: Date,
): Promise<ExecutionRow[]> {
  const rows = await AuditLog.find(
    {
      userId,
      mailboxId,
      createdAt: since(start),
      action: isIn(['rule_executed', 'email_staged'] as const),
    },
    'targetId details.ruleId details.change createdAt undoneAt',
  )
    .sort({ createdAt: 1 })
    .lean();
  const newest = new Map<string, ExecutionRow>();
  for (const { targetId, details, createdAt, undoneAt } of rows) {
    const parsed = executionDetails.safeParse(details);
    if (!parsed.success || targetId === undefined || !ruleIds.has(parsed.data.ruleId)) continue;
    const { ruleId, change } = parsed.data;
    const execution = { messageId: targetId, ruleId, at: inGraphTime(createdAt), isUndone: undoneAt !== undefined };
    newest.set(`${ruleId} ${targetId}`, { ...execution, folderId: change.folderId, isRead: change.isRead });
  }
  return [...newest.values()];
}

async function contradictionsOf(
  owner: ExecutionOwner,
  executions: readonly ExecutionRow[],
): Promise<(execution: ExecutionRow) => Contradiction | undefined> {
  const ids = executions.map(({ messageId }) => messageId);
  const [placings, rescues, unread] = await Promise.all([
    lastPlacings(owner, ids),
    lastRescues(owner, ids),
    unreadAgain(owner, executions),
  ]);
  return ({ messageId, at, folderId, isRead }) => {
    const rescuedAt = rescues.get(messageId);
    if (rescuedAt !== undefined && rescuedAt >= at) return {};
    if (isRead === true && folderId === undefined) return unread.has(messageId) ? {} : undefined;
    const placing = placings.get(messageId);
    if (placing === undefined || placing.isOurs || placing.at < at || folderId === undefined) return undefined;
    const { toFolder, toFolderKind } = placing;
    if (toFolder === undefined || toFolder === folderId) return undefined;
    const kind = toFolderKind ?? owner.folderKindOf(toFolder);
    if (kind === 'deleted' || kind === 'recoverable') return undefined;
    return { burst: owner.burstOf?.(placing.act) };
  };
}

interface Placing {
  readonly at: Date;
  readonly act: MessageAct;
  readonly toFolder: string | undefined;
  readonly toFolderKind: RecordedKind | undefined;
  readonly isOurs: boolean;
}

async function lastPlacings(
  { userId, mailboxId }: MailboxOwner,
  ids: readonly string[],
): Promise<Map<string, Placing>> {
  const events = await EmailEvent.find(
    {
      userId,
      mailboxId,
      messageId: isIn(ids),
      eventType: isIn(['moved', 'deleted'] as const),
      'metadata.isMeeting': missing(),
    },
    'messageId eventType timestamp fromFolder toFolder toFolderKind metadata.automatedByRule metadata.automatedByAction',
  )
    .sort({ timestamp: 1 })
    .lean();
  return new Map(
    events.map(({ messageId, metadata, ...act }) => {
      const { timestamp: at, toFolder, toFolderKind } = act;
      const isOurs = metadata?.automatedByAction !== undefined || metadata?.automatedByRule !== undefined;
      return [messageId, { at, act, toFolder, toFolderKind, isOurs }];
    }),
  );
}

/** Rescues at the owner's request; the other causes say nothing about the message. */
async function lastRescues(
  { userId, mailboxId, inGraphTime }: ExecutionOwner,
  ids: readonly string[],
): Promise<Map<string, Date>> {
  const rows = await AuditLog.find(
    {
      targetType: 'email',
      targetId: isIn(ids),
      userId,
      mailboxId,
      action: 'email_rescued',
      'details.cause': isNotIn(['rule_off', 'whitelisted', 'mailbox_left', 'look_only']),
    },
    'targetId createdAt',
  )
    .sort({ createdAt: 1 })
    .lean();
  return new Map(
    rows.flatMap(({ targetId, createdAt }) => (targetId === undefined ? [] : [[targetId, inGraphTime(createdAt)]])),
  );
}

/** There is no event for marking a message as unread. */
async function unreadAgain(
  { userId, mailboxId }: MailboxOwner,
  executions: readonly ExecutionRow[],
): Promise<ReadonlySet<string>> {
  const ids = executions.flatMap(({ isRead, messageId }) => (isRead === true ? [messageId] : []));
  if (ids.length === 0) return new Set();
  const messageId = isIn(ids);
  const states = await MessageState.find({ mailboxId, messageId, userId, isRead: false }, 'messageId').lean();
  return new Set(states.map((state) => state.messageId));
}

/** What one burst reversed was one decision: the newest of its executions stands for all. */
export function onePerReversal(executions: readonly RuleExecution[]): RuleExecution[] {
  const reversed = new Map(executions.flatMap((each) => (each.burst === undefined ? [] : [[each.burst, each]])));
  return executions.filter((each) => each.burst === undefined || reversed.get(each.burst) === each);
}
