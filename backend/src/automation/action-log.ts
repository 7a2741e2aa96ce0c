import mongoose, { type Types } from 'mongoose';
import { z } from 'zod';
import { AuditLog, type IAuditLog } from '../models/index.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import type { PropertyChange } from './message-properties.ts';

// Glossary: an *act* is one thing that we do to one message. It is in the audit log before Graph is asked: *open* until
// it is known how it ended, then *closed*. What is open and nobody is at was left behind by a crash, and is *settled*.

/**
 * How an act ended: done as intended; the message is gone; its owner was faster and it was left alone; the kill switch
 * was put on; or Graph refused it for good.
 */
const results = ['done', 'gone', 'overtaken', 'paused', 'failed'] as const;
export type ActResult = (typeof results)[number];

const flagStatus = z.enum(['notFlagged', 'flagged', 'complete']);
const messageProperties = z.object({
  folderId: z.string(),
  isRead: z.boolean(),
  flagStatus,
  categories: z.array(z.string()).readonly(),
});
const change = messageProperties.partial();

/** The rule that an act is done for, as it was then. */
const ruleFacts = z.object({
  ruleId: z.string(),
  ruleName: z.string(),
  ruleVersion: z.number(),
  /** The pattern that the rule comes from, and messages that it was found by. */
  patternId: z.string().exactOptional(),
  evidence: z.array(z.string()).exactOptional(),
});
export type RuleFacts = z.output<typeof ruleFacts>;

const common = z.object({
  why: z.string(),
  before: messageProperties,
  /** What it sets; empty once it is known that it set nothing. */
  change,
  /** What it was to set, where that is not what it did set. */
  intended: change.exactOptional(),
  result: z.enum(results).exactOptional(),
  /** When Graph had answered, as an ISO date. */
  finishedAt: z.string().exactOptional(),
});

const byRule = common.extend(ruleFacts.shape).extend({
  cause: z.enum(['rule', 'run']),
  runId: z.string().exactOptional(),
});
const ofStaged = common.extend({
  ...ruleFacts.partial().shape,
  stagedEmailId: z.string(),
  /** The act that has staged it: the row of the staged message goes, the audit log stays. */
  stagedBy: z.string(),
});

/** What the audit log says of an act, by its action. */
const recorded = z.discriminatedUnion('action', [
  z.object({ action: z.literal('rule_executed'), details: byRule }),
  z.object({ action: z.literal('email_staged'), details: byRule.extend({ expiresAt: z.string() }) }),
  z.object({
    action: z.literal('email_executed'),
    details: ofStaged.extend({ cause: z.enum(['expiry', 'owner']) }),
  }),
  z.object({
    action: z.literal('email_rescued'),
    details: ofStaged.extend({ cause: z.enum(['owner', 'moved_by_owner', 'rule_off', 'whitelisted', 'mailbox_left']) }),
  }),
  z.object({
    action: z.literal('undo_action'),
    details: common.extend({ ...ruleFacts.partial().shape, cause: z.literal('owner'), undoes: z.string() }),
  }),
]);
type Recorded = z.output<typeof recorded>;
type ActAction = Recorded['action'];

interface ActKey {
  readonly id: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly messageId: string;
  /** There as long as the act is open. */
  readonly openSince?: Date;
}

/** An act, told apart by its action. */
export type Act = ActKey & Recorded;

/** Which of them can be undone: a rescue and an undo take something back themselves. */
const undoable: ReadonlySet<ActAction> = new Set<ActAction>(['rule_executed', 'email_staged', 'email_executed']);

type StoredRow = IAuditLog & { readonly _id: Types.ObjectId };

/**
 * Writes an act down before it is done. One that is there already is left as it is.
 * @returns the act as the audit log has it
 */
export async function openAct(act: Act, now: Date): Promise<Act> {
  const { id, messageId, details, userId, mailboxId, action } = act;
  const row = { _id: id, userId, mailboxId, action, targetType: 'email', targetId: messageId } as const;
  try {
    await AuditLog.create({ ...row, details: { ...details }, openSince: now });
    return { ...act, openSince: now };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const stored = await AuditLog.findById(id).lean<StoredRow>();
    const known = stored === null ? undefined : actOf(stored);
    if (known === undefined) throw error;
    return known;
  }
}

/**
 * Writes down how an act ended. Of two who do it the first one counts.
 * @param effect what it has changed in fact
 */
export async function closeAct(act: Act, result: ActResult, effect: PropertyChange): Promise<void> {
  const $set = {
    'details.result': result,
    'details.finishedAt': new Date().toISOString(),
    'details.change': effect,
    ...(result === 'done' ? {} : { 'details.intended': act.details.change }),
    undoable: undoable.has(act.action) && Object.keys(effect).length > 0,
  };
  const openSince = mongoose.trusted({ $exists: true });
  await AuditLog.updateOne({ _id: act.id, openSince }, { $set, $unset: { openSince: 1 } });
}

/** Writes down something that happened to a message without our asking Graph: it is closed from the start. */
export async function noteAct(act: Act): Promise<void> {
  await openAct(act, new Date());
  await closeAct(act, 'done', {});
}

/** The acts of a mailbox, or on one message of it, that are open, the oldest first. */
export async function readOpenActs(mailboxId: Types.ObjectId, messageId?: string): Promise<Act[]> {
  const openSince = mongoose.trusted({ $exists: true });
  const target = { targetType: 'email' as const, ...(messageId === undefined ? {} : { targetId: messageId }) };
  const rows = await AuditLog.find({ mailboxId, ...target, openSince })
    .sort({ createdAt: 1, _id: 1 })
    .lean<StoredRow[]>();
  return rows.flatMap((row) => actOf(row) ?? []);
}

/** @returns undefined for an entry that is no act, or is not in a form that is known */
export function actOf({ _id: id, userId, mailboxId, targetId: messageId, ...row }: StoredRow): Act | undefined {
  if (mailboxId === undefined || messageId === undefined || row.targetType !== 'email') return undefined;
  const { success, data } = recorded.safeParse(row);
  if (!success) return undefined;
  const open = row.openSince === undefined ? {} : { openSince: row.openSince };
  return { id, userId, mailboxId, messageId, ...open, ...data };
}
