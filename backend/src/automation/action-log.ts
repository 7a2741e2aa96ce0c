import type { Types } from 'mongoose';
import { z } from 'zod';
import { closeIntent, findOpenIntents, openIntent, type StoredIntent } from '../models/store/intent-log.ts';
import type { PropertyChange } from './message-properties.ts';

// Words: docs/GLOSSARY.md, "Rules and automation". How an intent stays open until its
// result is known: models/store/intent-log.ts.

/**
 * The result of a mail action: done as intended; the message is gone; its owner was faster and it was left alone; the
 * kill switch was on; or Graph refused it for good.
 */
const results = ['done', 'gone', 'overtaken', 'paused', 'failed'] as const;
export type ActionResult = (typeof results)[number];

const flagStatus = z.enum(['notFlagged', 'flagged', 'complete']);
const messageProperties = z.object({
  folderId: z.string(),
  isRead: z.boolean(),
  flagStatus,
  categories: z.array(z.string()).readonly(),
});
const change = messageProperties.partial();

/** The rule of a mail action, as it was then. */
const ruleFacts = z.object({
  ruleId: z.string(),
  ruleName: z.string(),
  ruleVersion: z.number(),
  /** Set for a rule of the organization. */
  scope: z.literal('org').exactOptional(),
  /** When the owner of the mailbox accepted that rule, as an ISO date. */
  acceptedAt: z.string().exactOptional(),
  /** The pattern that the rule comes from, and messages that are evidence for it. */
  patternId: z.string().exactOptional(),
  evidence: z.array(z.string()).exactOptional(),
});
export type RuleFacts = z.output<typeof ruleFacts>;

const common = z.object({
  why: z.string(),
  before: messageProperties,
  /** The properties it sets; once closed, those it actually set. */
  change,
  /** The properties it was meant to set, if they differ. */
  intended: change.exactOptional(),
  result: z.enum(results).exactOptional(),
  /** The time of the result, as an ISO date. */
  finishedAt: z.string().exactOptional(),
});

const byRule = common.extend(ruleFacts.shape).extend({
  cause: z.enum(['rule', 'run']),
  runId: z.string().exactOptional(),
});
const ofStaged = common.extend({
  ...ruleFacts.partial().shape,
  stagedEmailId: z.string(),
  /** Id of the action that staged it: the row of the staged message is deleted later, the audit log is not. */
  stagedBy: z.string(),
});

/** The facts of a mail action, by its kind. */
const actionFacts = z.discriminatedUnion('action', [
  z.object({ action: z.literal('rule_executed'), details: byRule }),
  z.object({ action: z.literal('email_staged'), details: byRule.extend({ expiresAt: z.string() }) }),
  z.object({
    action: z.literal('email_found'),
    details: common.extend({
      ...ruleFacts.partial().shape,
      cause: z.literal('found'),
      expiresAt: z.string(),
      /** Id of the action that staged it, if the log still has it. */
      stagedBy: z.string().exactOptional(),
    }),
  }),
  z.object({
    action: z.literal('email_executed'),
    details: ofStaged.extend({ cause: z.enum(['expiry', 'owner']) }),
  }),
  z.object({
    action: z.literal('email_rescued'),
    details: ofStaged.extend({
      cause: z.enum(['owner', 'moved_by_owner', 'rule_off', 'whitelisted', 'mailbox_left', 'look_only']),
    }),
  }),
  z.object({
    action: z.literal('undo_action'),
    details: common.extend({ ...ruleFacts.partial().shape, cause: z.literal('owner'), undoes: z.string() }),
  }),
]);
type ActionFacts = z.output<typeof actionFacts>;
type ActionKind = ActionFacts['action'];

interface ActionKey {
  readonly id: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly messageId: string;
  /** Set while the action is open. */
  readonly openSince?: Date;
}

/** A mail action; `action` discriminates. */
export type MailAction = ActionKey & ActionFacts;

/** The ones that can be undone: a rescue and an undo reverse something themselves. */
const undoable: ReadonlySet<ActionKind> = new Set<ActionKind>(['rule_executed', 'email_staged', 'email_executed']);

/**
 * Opens the intent of a mail action. One that exists already is left as it is.
 * @returns the action as it is stored
 * @throws Error when what is stored under its id is no mail action in a known form
 */
export async function openAction(action: MailAction, now: Date): Promise<MailAction> {
  const { id, messageId, details, userId, mailboxId, action: kind } = action;
  const intent = {
    _id: id,
    userId,
    mailboxId,
    action: kind,
    targetType: 'email',
    targetId: messageId,
    details,
  } as const;
  const { stored, isNew } = await openIntent(intent, now);
  const known = isNew ? { ...action, openSince: now } : mailActionOf(stored);
  if (known === undefined) throw new Error(`The audit log row ${id.toHexString()} is not a mail action`);
  return known;
}

/**
 * Closes the intent of a mail action with its result. Of several that close it, the first one counts.
 * @param effect what it actually changed
 */
export async function closeAction(action: MailAction, result: ActionResult, effect: PropertyChange): Promise<void> {
  await closeIntent(action.id, {
    'details.result': result,
    'details.finishedAt': new Date().toISOString(),
    'details.change': effect,
    ...(result === 'done' ? {} : { 'details.intended': action.details.change }),
    undoable: undoable.has(action.action) && Object.keys(effect).length > 0,
  });
}

/** Records something that happened to a message without a request to Graph. */
export async function recordAction(action: MailAction): Promise<void> {
  await openAction(action, new Date());
  await closeAction(action, 'done', {});
}

/** Selects the mail actions of a mailbox, or those on one message of it. */
export function actionsOn(mailboxId: Types.ObjectId, messageId?: string) {
  return { mailboxId, targetType: 'email' as const, ...(messageId === undefined ? {} : { targetId: messageId }) };
}

/** Returns the open mail actions on one message, the oldest first. */
export async function readOpenActions(mailboxId: Types.ObjectId, messageId: string): Promise<MailAction[]> {
  const intents = await findOpenIntents(actionsOn(mailboxId, messageId));
  return intents.flatMap((intent) => mailActionOf(intent) ?? []);
}

/** Reads a mail action from its row; undefined for another row, or one in an unknown form. */
export function mailActionOf({
  _id: id,
  userId,
  mailboxId,
  targetId: messageId,
  ...row
}: StoredIntent): MailAction | undefined {
  if (mailboxId === undefined || messageId === undefined || row.targetType !== 'email') return undefined;
  const { success, data } = actionFacts.safeParse(row);
  if (!success) return undefined;
  const open = row.openSince === undefined ? {} : { openSince: row.openSince };
  return { id, userId, mailboxId, messageId, ...open, ...data };
}
