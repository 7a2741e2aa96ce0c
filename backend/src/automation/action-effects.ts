import { Types } from 'mongoose';
import { ruleExecutions } from '../lib/metrics.ts';
import { AuditLog, type IStagedEmail, openStagingStatuses, Rule, StagedEmail } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { mayKeepStaged } from '../rules/organization/rules-in-force.ts';
import { rescueStagedOfRule } from '../rules/changes/rescue-staged-of-rule.ts';
import type { Timestamps } from '../models/fields/paths.ts';
import type { MailAction } from './action-log.ts';
import { isIn, isNot, missing } from '../models/store/query-operators.ts';

type ActionOf<A extends MailAction['action']> = Extract<MailAction, { readonly action: A }>;

/** Stores the effects of an action that was done on rules, staged mail and other actions. Idempotent. */
export async function completeAction(action: MailAction): Promise<void> {
  switch (action.action) {
    case 'rule_executed':
      await countExecution(action);
      break;
    case 'email_staged':
      await noteStaged(action);
      await takeBackIfOff(action);
      await countExecution(action);
      break;
    case 'email_found':
      await noteFound(action);
      break;
    case 'email_executed':
      await endStaged(action, ['staged', 'executing'], { status: 'executed', executedAt: new Date() });
      break;
    case 'email_rescued':
      await endStaged(action, openStagingStatuses, { status: 'rescued', rescuedAt: new Date() });
      // the message is as it was before: nothing of the action is left to undo
      await AuditLog.updateOne({ _id: action.details.stagedBy }, { $set: { undoable: false } });
      break;
    case 'undo_action':
      await noteUndone(action);
      break;
    default:
      action satisfies never;
  }
}

/** Returns the id of the row for a message that an action has staged. */
function stagedIdOf(auditId: Types.ObjectId): Types.ObjectId {
  return deterministicId(auditId.getTimestamp(), ['staged', auditId.toHexString()]);
}

/** Counts each action of a rule once: the actions in one mailbox follow one another. */
async function countExecution({ id, action, details }: ActionOf<'rule_executed' | 'email_staged'>): Promise<void> {
  ruleExecutions.inc({ action, cause: details.cause });
  await Rule.updateOne(
    { _id: details.ruleId, 'stats.lastActionId': isNot(id) },
    {
      $inc: { 'stats.totalExecutions': 1, 'stats.emailsProcessed': 1 },
      $set: { 'stats.lastExecutedAt': new Date(), 'stats.lastActionId': id },
    },
  );
}

async function noteStaged(action: ActionOf<'email_staged'>): Promise<void> {
  if (await createStaged(action)) return;
  if ((await StagedEmail.exists({ _id: stagedIdOf(action.id) })) !== null) return;
  // its owner had moved it out of the staging folder, which was not observed yet
  const { mailboxId, messageId } = action;
  await StagedEmail.updateOne(
    { mailboxId, messageId, status: isIn(openStagingStatuses) },
    { $set: { status: 'rescued', rescuedAt: new Date(), rescueReason: 'moved_by_owner' } },
  );
  await createStaged(action);
}

/** Creates the row of a message that was found in the staging folder. One that has an open row already keeps it. */
async function noteFound({ id, userId, mailboxId, messageId, details }: ActionOf<'email_found'>): Promise<void> {
  const { ruleId, stagedBy, before, expiresAt } = details;
  await insertStaged({
    _id: stagedIdOf(id),
    userId,
    mailboxId,
    ...(ruleId === undefined ? {} : { ruleId: new Types.ObjectId(ruleId) }),
    messageId,
    originalFolder: before.folderId,
    expiresAt: new Date(expiresAt),
    auditId: stagedBy === undefined ? id : new Types.ObjectId(stagedBy),
    reason: 'found',
  });
}

/** If the rule was disabled or declined meanwhile, the message was not staged yet and so not marked for rescue. */
async function takeBackIfOff({ mailboxId, details }: ActionOf<'email_staged'>): Promise<void> {
  const ruleId = new Types.ObjectId(details.ruleId);
  if (!(await mayKeepStaged(ruleId, mailboxId))) await rescueStagedOfRule(ruleId, mailboxId);
}

/** @returns false if this action, or an earlier one, has staged the message already */
async function createStaged({ id, userId, mailboxId, messageId, details }: ActionOf<'email_staged'>): Promise<boolean> {
  return insertStaged({
    _id: stagedIdOf(id),
    userId,
    mailboxId,
    ruleId: new Types.ObjectId(details.ruleId),
    messageId,
    originalFolder: details.before.folderId,
    expiresAt: new Date(details.expiresAt),
    auditId: id,
  });
}

type NewStaged = Omit<IStagedEmail, 'stagedAt' | 'status' | 'actions' | keyof Timestamps> & {
  readonly _id: Types.ObjectId;
};

/** @returns false if the row exists, or the message has another open one */
async function insertStaged(row: NewStaged): Promise<boolean> {
  try {
    await StagedEmail.create({ ...row, actions: [{ actionType: 'delete' }] });
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}

async function endStaged(
  { details }: ActionOf<'email_executed' | 'email_rescued'>,
  from: readonly IStagedEmail['status'][],
  $set: { readonly status: 'executed' | 'rescued'; readonly executedAt?: Date; readonly rescuedAt?: Date },
): Promise<void> {
  await StagedEmail.updateOne(
    { _id: details.stagedEmailId, status: isIn(from) },
    { $set, $unset: { fault: 1, nextTryAt: 1 } },
  );
}

/**
 * Marks an action as undone. Staging a message and then deleting it are undone together. A message whose staging was
 * undone is no longer due for deletion.
 */
async function noteUndone({
  userId,
  mailboxId,
  messageId,
  details: { undoes },
}: ActionOf<'undo_action'>): Promise<void> {
  const at = new Date();
  const undone = await AuditLog.findById(undoes, 'details.stagedBy').lean<{ details?: { stagedBy?: string } }>();
  const first = undone?.details?.stagedBy ?? undoes;
  const isOpen = isIn(openStagingStatuses);
  await StagedEmail.updateOne(
    { mailboxId, auditId: first, status: isOpen },
    { $set: { status: 'rescued', rescuedAt: at, rescueReason: 'undone' }, $unset: { fault: 1, nextTryAt: 1 } },
  );
  const notUndone = { undoneAt: missing() };
  const change = { $set: { undoneAt: at, undoneBy: userId } };
  const target = { targetType: 'email', targetId: messageId, mailboxId } as const;
  await AuditLog.updateMany({ ...target, action: 'email_executed', 'details.stagedBy': first, ...notUndone }, change);
  await AuditLog.updateMany({ _id: isIn([undoes, first]), ...notUndone }, change);
}
