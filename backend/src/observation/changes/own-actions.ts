import { Types } from 'mongoose';
import { z } from 'zod';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** The values that one of our actions set; it did not touch the fields left out. */
export interface ActionChange {
  readonly folderId?: string | undefined;
  readonly isRead?: boolean | undefined;
  readonly flagStatus?: string | undefined;
  readonly categories?: readonly string[] | undefined;
}

/** An action of ours on a message, done or about to be done: the audit log has it before Graph gets the request. */
export interface OwnAction {
  readonly id: Types.ObjectId;
  readonly ruleId: Types.ObjectId | undefined;
  readonly change: ActionChange;
  /** When Graph had answered; undefined until then. */
  readonly finishedAt: Date | undefined;
}

/** The details of an audit entry about a change of a message. */
const actionDetails = z.object({
  ruleId: z
    .string()
    .refine((id) => Types.ObjectId.isValid(id))
    .optional(),
  change: z.object({
    folderId: z.string().optional(),
    isRead: z.boolean().optional(),
    flagStatus: z.string().optional(),
    categories: z.array(z.string()).optional(),
  }),
  finishedAt: z.coerce.date().optional(),
});

type ActionRow = Pick<IAuditLog, 'targetId' | 'details'> & { readonly _id: Types.ObjectId };

/** Reads our actions on each message, oldest first. Call it after the messages were read, or it may miss an action. */
export async function ownActionsOn(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OwnAction[]>> {
  const filter = { targetType: 'email' as const, targetId: isIn(messageIds) };
  const rows = await AuditLog.find({ ...filter, mailboxId }, { targetId: 1, details: 1 })
    .sort({ createdAt: 1, _id: 1 })
    .lean<ActionRow[]>();
  const actions = new Map<string, OwnAction[]>();
  for (const row of rows) {
    const action = actionOf(row);
    if (action === undefined || row.targetId === undefined) continue;
    const others = actions.get(row.targetId);
    if (others === undefined) actions.set(row.targetId, [action]);
    else others.push(action);
  }
  return actions;
}

/** @returns undefined for an entry that changed nothing in the mailbox */
function actionOf({ _id, details }: ActionRow): OwnAction | undefined {
  const parsed = actionDetails.safeParse(details);
  if (!parsed.success) return undefined;
  const { ruleId, change, finishedAt } = parsed.data;
  return { id: _id, ruleId: ruleId === undefined ? undefined : new Types.ObjectId(ruleId), change, finishedAt };
}
