import { idleMonth, type RuleMonth } from '../../automation/audit/rule-month.ts';
import type { ActiveRun } from '../../automation/runs/list-runs.ts';
import { runStatuses } from '../../models/RuleRun.ts';
import type { Types } from 'mongoose';
import { z } from 'zod';
import { wordsOf } from '../../rules/rule-definition.ts';
import { actionTypes } from '../../models/fields/action-types.ts';
import { triggerKinds } from '../../models/fields/rule-trigger.ts';
import { triggerOf } from '../../rules/trigger.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { parsePath } from '../../rules/places/folder-path.ts';
import type { Suspension } from '../../rules/places/suspensions.ts';
import { folder } from '../patterns/patterns.presenter.ts';
import {
  definitionVersionOf,
  needsAcceptance,
  actsIn,
  answerOf,
  standingBy,
} from '../../rules/organization/acceptance.ts';
import type { Acceptance } from '../../rules/organization/acceptance-counts.ts';
import type { IRuleAnswer } from '../../models/fields/rule-answers.ts';
import { count, id, moment } from '../schemas.ts';

const ruleAnswer = z
  .object({
    mailboxId: id,
    standing: z
      .enum(['accepted', 'declined', 'open'])
      .describe('open: not answered yet, or accepted before its conditions or actions were changed'),
    isActing: z.boolean().describe('True if it acts in this mailbox while it is enabled'),
    answeredAt: moment.nullable(),
    answeredVersion: count.nullable().describe('The definitionVersion that was answered last'),
  })
  .meta({ id: 'RuleAnswer' });

const acceptance = z
  .object({
    accepted: count,
    declined: count,
    open: count,
    looking: count.describe('Mailboxes that MSEDB only looks at: the rule does nothing there, whatever was answered'),
  })
  .meta({ id: 'RuleAcceptance' })
  .describe('Numbers of connected mailboxes');

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
      subjectPrefix: z.string().nullable(),
      listId: z.string().nullable(),
      isNewsletter: z.boolean().nullable(),
      isAutomated: z.boolean().nullable(),
      olderThanDays: count.nullable(),
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
    stagingHours: count
      .nullable()
      .describe(
        'How long mail that it deletes waits at least; null: as the service is set up. A week while it is likely only',
      ),
    trigger: z
      .object({ kind: z.enum(triggerKinds), hours: count.nullable().describe('After arrival; of afterHours only') })
      .describe('When the rule is tried on a message'),
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
    reason: z.string().nullable().describe('Why the organization has this rule, in the words of its admin'),
    definitionVersion: count
      .nullable()
      .describe(
        'The version in which its conditions or actions were last changed: what owners accept; null: a rule of the user',
      ),
    needsAcceptance: z.boolean().describe('True if it acts only in mailboxes whose owners have accepted it'),
    answers: z.array(ruleAnswer).describe("The caller's mailboxes, for a rule of the organization"),
    acceptance: acceptance.nullable().describe('For admins, of a rule of the organization; else null'),
    stats: z.object({
      executions: count,
      emails: count.describe('Messages it acted on'),
      lastExecutedAt: moment.nullable(),
    }),
    last30Days: z
      .object({
        applied: count.describe('Messages on which it acted'),
        rescued: count.describe('Messages among the staged ones that were put back'),
        undone: count.describe('Its actions that were undone'),
      })
      .describe("For the caller's mailboxes"),
    activeRun: z
      .object({ id, status: z.enum(runStatuses), done: count, total: count })
      .nullable()
      .describe('The run on existing mail that is queued or under way'),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Rule' });

/** Facts that rules are presented with. */
export interface RuleFactsShown {
  readonly nameOf: FolderNames;
  readonly suspensions: ReadonlyMap<string, readonly Suspension[]>;
  /** The caller's mailboxes with the answers of their owner. */
  readonly mailboxes: readonly AnsweringMailbox[];
  /** By the id of the rule; empty unless the caller is an admin. */
  readonly acceptance: ReadonlyMap<string, Acceptance>;
  /** By the id of the rule; rules that did nothing are missing. */
  readonly months: ReadonlyMap<string, RuleMonth>;
  /** By the id of the rule. */
  readonly activeRuns: ReadonlyMap<string, ActiveRun>;
}

interface AnsweringMailbox {
  readonly _id: Types.ObjectId;
  readonly ruleAnswers?: IRuleAnswer[];
}

/** Presents a rule. */
export function presentRule(rule: StoredRule, facts: RuleFactsShown): z.output<typeof ruleResponse> {
  const { nameOf, suspensions } = facts;
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
    ...presentAcceptance(rule, facts),
    stats: {
      executions: stats.totalExecutions,
      emails: stats.emailsProcessed,
      lastExecutedAt: stats.lastExecutedAt?.toISOString() ?? null,
    },
    last30Days: facts.months.get(rule._id.toString()) ?? idleMonth,
    activeRun: facts.activeRuns.get(rule._id.toString()) ?? null,
    createdAt: rule.createdAt.toISOString(),
    updatedAt: rule.updatedAt.toISOString(),
  };
}

function presentAcceptance(rule: StoredRule, { mailboxes, acceptance: counts }: RuleFactsShown) {
  const isOrganizations = rule.scope === 'org';
  return {
    reason: rule.reason ?? null,
    definitionVersion: isOrganizations ? definitionVersionOf(rule) : null,
    needsAcceptance: needsAcceptance(rule),
    answers: isOrganizations ? mailboxes.map((mailbox) => presentAnswer(rule, mailbox)) : [],
    acceptance: counts.get(rule._id.toHexString()) ?? null,
  };
}

function presentAnswer(rule: StoredRule, mailbox: AnsweringMailbox): z.output<typeof ruleAnswer> {
  const answer = answerOf(rule, mailbox);
  return {
    mailboxId: mailbox._id.toString(),
    standing: standingBy(rule, answer),
    isActing: actsIn(rule, mailbox),
    answeredAt: answer?.at.toISOString() ?? null,
    answeredVersion: answer?.version ?? null,
  };
}

/** A rule of the organization has a path instead of an id. */
function pathAlone(path: string) {
  return { id: path, name: parsePath(path).at(-1) ?? null, path };
}

function presentWords(rule: StoredRule, nameOf: FolderNames) {
  const { conditions, actions } = wordsOf(rule);
  const trigger = triggerOf(rule);
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
      subjectPrefix: conditions.subjectPrefix ?? null,
      listId: conditions.listId ?? null,
      isNewsletter: conditions.isNewsletter ?? null,
      isAutomated: conditions.isAutomated ?? null,
      olderThanDays: conditions.olderThanDays ?? null,
    },
    actions: actions.map(({ actionType, toFolder, category }) => ({
      actionType,
      toFolder: presentFolder(toFolder),
      category: category ?? null,
    })),
    stagingHours: rule.stagingHours ?? null,
    trigger: { kind: trigger.kind, hours: trigger.kind === 'afterHours' ? trigger.hours : null },
  };
}
