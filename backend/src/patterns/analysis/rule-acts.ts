import mongoose, { type Types } from 'mongoose';
import { z } from 'zod';
import { AuditLog, EmailEvent, MessageState } from '../../models/index.ts';
import type { VoteContext } from '../detection/votes.ts';

const messagesAtOnce = 500;

interface Owner {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/** What a rule did to a message, and what became of it. */
export interface RuleAct {
  readonly messageId: string;
  readonly ruleId: string;
  readonly at: Date;
  /** Whether the owner took it back afterwards. */
  readonly isContradicted: boolean;
}

/** The part of an audit entry's details that says what a rule did to a message. */
const actDetails = z.object({
  ruleId: z.string(),
  change: z.object({ folderId: z.string().optional(), isRead: z.boolean().optional() }).default({}),
});

interface Act {
  readonly messageId: string;
  readonly ruleId: string;
  readonly at: Date;
  readonly folderId: string | undefined;
  readonly isRead: boolean | undefined;
  readonly isUndone: boolean;
}

/**
 * What these rules did since a time, the last act of each on a message, and whether the owner contradicted it. A
 * contradiction is an act that was undone; a message that was rescued; one that the owner moved elsewhere than the rule
 * had put it, unless to Deleted Items, for what was filed may be thrown away later; and one that a rule had marked as
 * read and that is unread again. What the owner did last with a message decides.
 */
export async function readRuleActs(
  owner: Owner & { readonly folderKindOf: VoteContext['folderKindOf'] },
  ruleIds: readonly string[],
  since: Date,
): Promise<RuleAct[]> {
  const acts = await readActs(owner, new Set(ruleIds), since);
  const judged: RuleAct[] = [];
  for (let start = 0; start < acts.length; start += messagesAtOnce) {
    const batch = acts.slice(start, start + messagesAtOnce);
    const isContradicted = await contradictionsOf(owner, batch);
    for (const act of batch) {
      const { messageId, ruleId, at } = act;
      judged.push({ messageId, ruleId, at, isContradicted: act.isUndone || isContradicted(act) });
    }
  }
  return judged;
}

async function readActs({ userId, mailboxId }: Owner, ruleIds: ReadonlySet<string>, since: Date): Promise<Act[]> {
  const rows = await AuditLog.find(
    {
      userId,
      mailboxId,
      createdAt: mongoose.trusted({ $gte: since }),
      action: mongoose.trusted({ $in: ['rule_executed', 'email_staged'] }),
    },
    'targetId details.ruleId details.change createdAt undoneAt',
  )
    .sort({ createdAt: 1 })
    .lean();
  const newest = new Map<string, Act>();
  for (const { targetId, details, createdAt, undoneAt } of rows) {
    const parsed = actDetails.safeParse(details);
    if (!parsed.success || targetId === undefined || !ruleIds.has(parsed.data.ruleId)) continue;
    const { ruleId, change } = parsed.data;
    const act = { messageId: targetId, ruleId, at: createdAt, isUndone: undoneAt !== undefined };
    newest.set(`${ruleId} ${targetId}`, { ...act, folderId: change.folderId, isRead: change.isRead });
  }
  return [...newest.values()];
}

async function contradictionsOf(
  owner: Owner & { readonly folderKindOf: VoteContext['folderKindOf'] },
  acts: readonly Act[],
): Promise<(act: Act) => boolean> {
  const ids = acts.map(({ messageId }) => messageId);
  const [placings, rescues, unread] = await Promise.all([
    lastPlacings(owner, ids),
    lastRescues(owner, ids),
    unreadAgain(owner, acts),
  ]);
  return ({ messageId, at, folderId, isRead }) => {
    const rescuedAt = rescues.get(messageId);
    if (rescuedAt !== undefined && rescuedAt >= at) return true;
    if (isRead === true && folderId === undefined) return unread.has(messageId);
    const placing = placings.get(messageId);
    if (placing === undefined || placing.isOurs || placing.at < at || folderId === undefined) return false;
    const { toFolder } = placing;
    return toFolder !== undefined && toFolder !== folderId && owner.folderKindOf(toFolder) !== 'deleted';
  };
}

interface Placing {
  readonly at: Date;
  readonly toFolder: string | undefined;
  readonly isOurs: boolean;
}

async function lastPlacings({ userId, mailboxId }: Owner, ids: readonly string[]): Promise<Map<string, Placing>> {
  const events = await EmailEvent.find(
    {
      userId,
      mailboxId,
      messageId: mongoose.trusted({ $in: ids }),
      eventType: mongoose.trusted({ $in: ['moved', 'deleted'] }),
    },
    'messageId timestamp toFolder metadata.automatedByRule metadata.automatedByAction',
  )
    .sort({ timestamp: 1 })
    .lean();
  return new Map(
    events.map(({ messageId, timestamp, toFolder, metadata }) => {
      const isOurs = metadata?.automatedByAction !== undefined || metadata?.automatedByRule !== undefined;
      return [messageId, { at: timestamp, toFolder, isOurs }];
    }),
  );
}

/** A rescue because a rule was switched off, its sender protected, or the mailbox disconnected, is no word of the owner's about the message. */
async function lastRescues({ userId, mailboxId }: Owner, ids: readonly string[]): Promise<Map<string, Date>> {
  const rows = await AuditLog.find(
    {
      targetType: 'email',
      targetId: mongoose.trusted({ $in: ids }),
      userId,
      mailboxId,
      action: 'email_rescued',
      'details.cause': mongoose.trusted({ $nin: ['rule_off', 'whitelisted', 'mailbox_left'] }),
    },
    'targetId createdAt',
  )
    .sort({ createdAt: 1 })
    .lean();
  return new Map(rows.flatMap(({ targetId, createdAt }) => (targetId === undefined ? [] : [[targetId, createdAt]])));
}

/** There is no event for marking a message as unread. */
async function unreadAgain({ userId, mailboxId }: Owner, acts: readonly Act[]): Promise<ReadonlySet<string>> {
  const ids = acts.flatMap(({ isRead, messageId }) => (isRead === true ? [messageId] : []));
  if (ids.length === 0) return new Set();
  const messageId = mongoose.trusted({ $in: ids });
  const states = await MessageState.find({ mailboxId, messageId, userId, isRead: false }, 'messageId').lean();
  return new Set(states.map((state) => state.messageId));
}
