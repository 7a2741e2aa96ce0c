import { z } from 'zod';
import type { ExplainedEntry } from '../../automation/audit/explain.ts';
import type { RecordedProperties } from '../../automation/audit/facts.ts';
import { auditActions, auditTargetTypes } from '../../models/AuditLog.ts';
import { flagStatuses } from '../../models/fields/message-properties.ts';
import type { MessageKey, MessageSummaries } from '../../models/store/message-summaries.ts';
import type { StoredEntry } from '../../automation/audit/queries.ts';
import type { AuditNames } from '../../automation/audit/names.ts';
import { messageOrNull, presentMessage } from '../message-summary.ts';
import { id, moment } from '../schemas.ts';

const messageProperties = z
  .object({
    folder: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    isRead: z.boolean().nullable(),
    flagStatus: z.enum(flagStatuses).nullable(),
    categories: z.array(z.string()).nullable(),
  })
  .nullable();

export const auditResponse = z
  .object({
    id,
    createdAt: moment,
    action: z.enum(auditActions),
    mailboxId: id.nullable(),
    target: z.object({
      type: z.enum(auditTargetTypes),
      id: z.string().nullable().describe("For a message: Graph's immutable message id"),
    }),
    message: messageOrNull.describe('The message of the target; null for other targets, and when it is not recorded'),
    explanation: z
      .string()
      .describe('What was done and why, the state before and after, and until when it can be undone'),
    isUnderWay: z.boolean().describe('true: the action has started and its result is not known yet'),
    why: z.string().nullable(),
    rule: z
      .object({ id: z.string(), name: z.string().nullable(), version: z.number().nullable() })
      .nullable()
      .describe('The rule that acted, as it was then'),
    pattern: z
      .object({
        id: z.string(),
        evidence: z
          .array(z.string())
          .optional()
          .describe('Messages in which the pattern was found; only where a single entry is read'),
      })
      .nullable()
      .describe('The pattern from which the rule was created'),
    before: messageProperties.describe('The message before the action'),
    change: messageProperties.describe('What was changed; null: nothing. A null field was not changed'),
    result: z
      .enum(['done', 'gone', 'overtaken', 'paused', 'failed'])
      .nullable()
      .describe(
        'done; gone: the message no longer existed; overtaken: the owner had already changed it; paused: automation was paused; failed: Graph refused it',
      ),
    undo: z.object({
      possible: z.boolean(),
      until: moment.nullable().describe('null: cannot be undone'),
      undoneAt: moment.nullable(),
    }),
  })
  .meta({ id: 'AuditEntry' });

interface Known {
  readonly names: AuditNames;
  readonly messageOf: MessageSummaries;
  /** True in a list, which leaves the evidence out. */
  readonly isListed: boolean;
}

/** Presents an entry of the audit log. */
export function presentEntry(
  { entry, facts, undo, explanation }: ExplainedEntry,
  { names, messageOf, isListed }: Known,
): z.output<typeof auditResponse> {
  const mailboxId = entry.mailboxId?.toHexString() ?? null;
  const { ruleId, ruleName, ruleVersion, patternId, evidence } = facts;
  const present = (known: RecordedProperties | undefined) => presentProperties(known, mailboxId ?? '', names);
  return {
    id: entry._id.toHexString(),
    createdAt: entry.createdAt.toISOString(),
    action: entry.action,
    mailboxId,
    target: { type: entry.targetType, id: entry.targetId ?? null },
    message: presentMessage(keysOf(entry).map(messageOf)[0]),
    explanation,
    isUnderWay: entry.openSince !== undefined,
    why: facts.why ?? null,
    rule:
      ruleId === undefined
        ? null
        : { id: ruleId, name: ruleName ?? names.rule(ruleId) ?? null, version: ruleVersion ?? null },
    pattern: patternId === undefined ? null : { id: patternId, ...(!isListed && { evidence: evidence ?? [] }) },
    before: present(facts.propertiesBefore),
    change: present(facts.change),
    result: facts.result ?? null,
    undo: {
      possible: undo.possible,
      until: undo.until?.toISOString() ?? null,
      undoneAt: entry.undoneAt?.toISOString() ?? null,
    },
  };
}

/** The message that an entry is about, or nothing for another target. */
export function keysOf({ mailboxId, targetType, targetId }: StoredEntry): MessageKey[] {
  if (targetType !== 'email' || targetId === undefined || mailboxId === undefined) return [];
  return [{ mailboxId, messageId: targetId }];
}

function presentProperties(
  known: RecordedProperties | undefined,
  mailboxId: string,
  names: AuditNames,
): z.output<typeof messageProperties> {
  if (known === undefined || Object.values(known).every((value) => value === undefined)) return null;
  const { folderId, isRead, flagStatus, categories } = known;
  return {
    folder: folderId === undefined ? null : { id: folderId, name: names.folder(mailboxId, folderId) ?? null },
    isRead: isRead ?? null,
    flagStatus: flagStatus ?? null,
    categories: categories ?? null,
  };
}
