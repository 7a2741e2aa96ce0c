import { z } from 'zod';
import type { ListedRow } from '../../automation/staging/list-staged.ts';
import type { StagingResult } from '../../automation/staging/staging-request.ts';
import { rescueReasons, stagingReasons, stagingStatuses } from '../../models/StagedEmail.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import { messageOrNull, presentMessage } from '../message-summary.ts';
import { count, id, moment } from '../schemas.ts';

export const stagedResponse = z
  .object({
    id,
    mailboxId: id,
    messageId: z.string().describe("Graph's immutable message id"),
    message: messageOrNull,
    subject: z.string().nullable(),
    sender: z.object({ name: z.string().nullable(), email: z.string().nullable(), domain: z.string().nullable() }),
    originalFolder: z.object({
      id: z.string(),
      name: z.string().nullable().describe('null: unknown, or the folder no longer exists'),
    }),
    reason: z
      .enum(stagingReasons)
      .describe('found: it lay in the staging folder without a record, and was given a new grace period'),
    ruleId: id.nullable().describe('null: the message was found in the staging folder, and its rule is not known'),
    ruleName: z.string().nullable().describe('Name of the rule when it staged the message'),
    why: z.string().nullable().describe('Why it was staged, as the audit log has it'),
    actId: id.describe('The audit log entry that explains why the message was staged'),
    stagedAt: moment,
    expiresAt: moment.describe('When the message moves to Deleted Items'),
    secondsLeft: count.describe('0: deleted at the next scheduled run, within half an hour'),
    status: z.enum(stagingStatuses),
    rescueReason: z
      .enum(rescueReasons)
      .nullable()
      .describe('With the status staged: it is rescued as soon as automation is resumed'),
    fault: z
      .object({
        count: count.describe('Number of failed attempts'),
        message: z.string(),
        at: moment,
        nextTryAt: moment.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'StagedMessage' });

/** Presents a staged message. @param now milliseconds since the epoch */
export function presentStaged(
  { row, message, ruleName, why }: ListedRow,
  nameOf: FolderNames,
  now: number,
): z.output<typeof stagedResponse> {
  const { sender, subject } = message ?? {};
  const { _id, mailboxId, messageId, originalFolder, ruleId, auditId, status, fault } = row;
  return {
    id: _id.toString(),
    mailboxId: mailboxId.toString(),
    messageId,
    message: presentMessage(message),
    subject: subject ?? null,
    sender: { name: sender?.name ?? null, email: sender?.email ?? null, domain: sender?.domain ?? null },
    originalFolder: { id: originalFolder, name: nameOf(mailboxId.toString(), originalFolder) },
    reason: row.reason ?? 'rule',
    ruleId: ruleId?.toString() ?? null,
    ruleName: ruleName ?? null,
    why: why ?? null,
    actId: auditId.toString(),
    stagedAt: row.stagedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    secondsLeft: Math.max(0, Math.floor((row.expiresAt.getTime() - now) / 1_000)),
    status,
    rescueReason: row.rescueReason ?? null,
    fault:
      fault === undefined
        ? null
        : {
            count: fault.count,
            message: fault.message,
            at: fault.at.toISOString(),
            nextTryAt: row.nextTryAt?.toISOString() ?? null,
          },
  };
}

export const requestResponse = z
  .discriminatedUnion('ok', [
    z.object({ id, ok: z.literal(true), status: z.enum(stagingStatuses) }),
    z.object({ id, ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
  ])
  .meta({ id: 'StagingResult' });

/** Presents the result for one message. */
export function presentResult(result: StagingResult): z.output<typeof requestResponse> {
  if (result.ok) return { id: result.id, ok: true, status: result.status };
  const { code, message } = result.error;
  return { id: result.id, ok: false, error: { code, message } };
}
