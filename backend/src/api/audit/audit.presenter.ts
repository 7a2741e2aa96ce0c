import { z } from 'zod';
import type { ExplainedEntry } from '../../automation/audit/explain.ts';
import type { RecordedProperties } from '../../automation/audit/facts.ts';
import { auditActions, auditTargetTypes } from '../../models/AuditLog.ts';
import { flagStatuses } from '../../models/fields/message-properties.ts';
import type { AuditNames } from '../../automation/audit/names.ts';
import { id, moment } from '../schemas.ts';

const messageProperties = z
  .object({
    folder: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    isRead: z.boolean().nullable(),
    flagStatus: z.enum(flagStatuses).nullable(),
    categories: z.array(z.string()).nullable(),
  })
  .nullable();

export const auditResponse = z.object({
  id,
  createdAt: moment,
  action: z.enum(auditActions),
  mailboxId: id.nullable(),
  target: z.object({
    type: z.enum(auditTargetTypes),
    id: z.string().nullable().describe('Of a message: its immutable id at Graph'),
  }),
  explanation: z.string().describe('What was done, why, what was before and after, and until when it can be undone'),
  isUnderWay: z.boolean().describe('It was begun, and how it ends is not known yet'),
  why: z.string().nullable(),
  rule: z
    .object({ id: z.string(), name: z.string().nullable(), version: z.number().nullable() })
    .nullable()
    .describe('The rule that did it, as it was then'),
  pattern: z
    .object({ id: z.string(), evidence: z.array(z.string()).describe('Messages that it was found by') })
    .nullable()
    .describe('The pattern that the rule comes from'),
  before: messageProperties.describe('How the message stood before'),
  change: messageProperties.describe('What was changed of it; null: nothing. A field that is null was left as it was'),
  result: z
    .enum(['done', 'gone', 'overtaken', 'paused', 'failed'])
    .nullable()
    .describe('How it ended: done; the message was gone; its owner was faster; paused; refused by Graph'),
  undo: z.object({
    possible: z.boolean(),
    until: moment.nullable().describe('null: this can never be undone'),
    undoneAt: moment.nullable(),
  }),
});

/** What a user sees of an entry of the audit log. */
export function presentEntry(
  { entry, facts, undo, explanation }: ExplainedEntry,
  names: AuditNames,
): z.output<typeof auditResponse> {
  const mailboxId = entry.mailboxId?.toHexString() ?? null;
  const { ruleId, ruleName, ruleVersion, patternId, evidence } = facts;
  const present = (known: RecordedProperties | undefined) => presentStanding(known, mailboxId ?? '', names);
  return {
    id: entry._id.toHexString(),
    createdAt: entry.createdAt.toISOString(),
    action: entry.action,
    mailboxId,
    target: { type: entry.targetType, id: entry.targetId ?? null },
    explanation,
    isUnderWay: entry.openSince !== undefined,
    why: facts.why ?? null,
    rule:
      ruleId === undefined
        ? null
        : { id: ruleId, name: ruleName ?? names.rule(ruleId) ?? null, version: ruleVersion ?? null },
    pattern: patternId === undefined ? null : { id: patternId, evidence: evidence ?? [] },
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

function presentStanding(
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
