import { z } from 'zod';
import { wordsOf } from '../../rules/rule-definition.ts';
import { actionTypes } from '../../models/fields/action-types.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { parsePath } from '../../rules/folder-path.ts';
import type { Suspension } from '../../rules/suspensions.ts';
import { folder } from '../patterns/patterns.presenter.ts';
import { count, id, moment } from '../schemas.ts';

export const ruleResponse = z
  .object({
    id,
    scope: z
      .enum(['user', 'org'])
      .describe('org: a rule of the organization; tried after the rules of the user, changed by admins'),
    mailboxId: id.nullable().describe('null: applies to every mailbox'),
    name: z.string(),
    isEnabled: z.boolean(),
    version: count.describe('Incremented by every change, and when the rule is enabled or disabled'),
    conditions: z.object({
      senderEmail: z.string().nullable(),
      senderDomain: z.string().nullable(),
      subjectContains: z.string().nullable(),
      subjectPattern: z.string().nullable(),
      fromFolder: folder.nullable(),
      isNewsletter: z.boolean().nullable(),
    }),
    actions: z
      .array(
        z.object({
          actionType: z.enum(actionTypes),
          toFolder: folder.nullable(),
          category: z.string().nullable(),
        }),
      )
      .describe('In order of execution'),
    patternId: id.nullable().describe('The pattern from which it was created; null: written by hand'),
    suspendedAt: moment
      .nullable()
      .describe(
        'When it was disabled because its owner kept reversing its actions, or suspended because of its folder',
      ),
    suspendedReason: z.string().nullable(),
    suspensions: z
      .array(z.object({ mailboxId: id, since: moment, code: z.string(), reason: z.string() }))
      .describe(
        "The caller's mailboxes in which it does nothing for now, because mail cannot be moved to its folder. It stays enabled, and goes on by itself",
      ),
    stats: z.object({
      executions: count,
      emails: count.describe('Messages it acted on'),
      lastExecutedAt: moment.nullable(),
    }),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Rule' });

/** Presents a rule. */
export function presentRule(
  rule: StoredRule,
  nameOf: FolderNames,
  suspensions: ReadonlyMap<string, readonly Suspension[]>,
): z.output<typeof ruleResponse> {
  const { scope, mailboxId, name, isEnabled, version, sourcePatternId, suspendedAt, suspendedReason, stats } = rule;
  const waiting = isEnabled ? (suspensions.get(rule._id.toString()) ?? []) : [];
  const [own] = scope === 'user' ? waiting : [];
  return {
    id: rule._id.toString(),
    scope,
    mailboxId: mailboxId?.toString() ?? null,
    name,
    isEnabled,
    version,
    ...presentWords(rule, nameOf),
    patternId: sourcePatternId?.toString() ?? null,
    suspendedAt: (suspendedAt ?? own?.since)?.toISOString() ?? null,
    suspendedReason: suspendedReason ?? own?.reason ?? null,
    suspensions: waiting.map(({ since, ...suspension }) => ({ ...suspension, since: since.toISOString() })),
    stats: {
      executions: stats.totalExecutions,
      emails: stats.emailsProcessed,
      lastExecutedAt: stats.lastExecutedAt?.toISOString() ?? null,
    },
    createdAt: rule.createdAt.toISOString(),
    updatedAt: rule.updatedAt.toISOString(),
  };
}

/** A rule of the organization has a path instead of an id. */
function pathAlone(path: string) {
  return { id: path, name: parsePath(path).at(-1) ?? null, path };
}

function presentWords(rule: StoredRule, nameOf: FolderNames) {
  const { conditions, actions } = wordsOf(rule);
  const mailboxId = rule.mailboxId?.toString() ?? '';
  const presentFolder = (folderId: string | undefined) =>
    folderId === undefined ? null : rule.scope === 'org' ? pathAlone(folderId) : nameOf.folder(mailboxId, folderId);
  return {
    conditions: {
      senderEmail: conditions.senderEmail ?? null,
      senderDomain: conditions.senderDomain ?? null,
      subjectContains: conditions.subjectContains ?? null,
      subjectPattern: conditions.subjectPattern ?? null,
      fromFolder: presentFolder(conditions.fromFolder),
      isNewsletter: conditions.isNewsletter ?? null,
    },
    actions: actions.map(({ actionType, toFolder, category }) => ({
      actionType,
      toFolder: presentFolder(toFolder),
      category: category ?? null,
    })),
  };
}
