import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { actionTypes } from '../../models/fields/action-types.ts';
import { patternStatuses, patternTypes, tiers } from '../../models/Pattern.ts';
import type { FolderNames } from '../../observation/reports/folder-names.ts';
import { explainPattern } from '../../patterns/explain.ts';
import type { PatternPage } from '../../patterns/decisions/pattern-queries.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import type { StoredPattern } from '../../patterns/stored-pattern.ts';
import type { MessageSummaries } from '../../models/store/message-summaries.ts';
import { messageOrNull, presentMessage } from '../message-summary.ts';
import { count, id, moment } from '../schemas.ts';

export const folder = z.object({
  id: z.string(),
  name: z.string().nullable().describe('null: unknown, or the folder no longer exists'),
  path: z
    .string()
    .nullable()
    .optional()
    .describe('Names of the folders above it and its own, as Inbox/Projects; null like the name'),
});
const percent = z.number().min(0).max(100);

const patternFields = {
  id,
  mailboxId: id,
  type: z.enum(patternTypes),
  status: z.enum(patternStatuses),
  confidence: percent.describe('Percent of the next mail that is expected to follow the pattern, unopened'),
  lowerBound: percent
    .nullable()
    .describe('Percent: lower bound, with 95 % certainty, of the share of mail that followed; null in older patterns'),
  tier: z
    .enum(tiers)
    .nullable()
    .describe('sure: one click is enough; likely: look at it first; watching: not proven yet; null in older patterns'),
  trigger: z
    .enum(['arrival', 'onRead'])
    .describe('When its rule would act: on arrival, or once the owner has read the message'),
  neededCount: count
    .nullable()
    .describe('While watching: how many more messages must follow, without an exception; null for more than 20'),
  threshold: percent.nullable().describe('Confidence required for a suggestion'),
  sampleSize: count.describe('Messages examined'),
  exceptionCount: count.describe('Messages among them that did not follow the pattern'),
  openedCount: count.describe('Of the messages that followed, those that were opened first'),
  openedUnknownCount: count.describe('Of the messages that followed, those of which nothing tells if they were opened'),
  condition: z
    .object({
      senderEmail: z.string().nullable(),
      senderDomain: z.string().nullable(),
      fromFolder: folder.nullable(),
      subjectPattern: z.string().nullable(),
      isNewsletter: z.boolean().nullable(),
      subjectPrefix: z.string().nullable(),
      listId: z.string().nullable(),
    })
    .describe('As found; changes made by the owner are in the rule'),
  action: z.object({
    actionType: z.enum(actionTypes).nullable(),
    toFolder: folder.nullable(),
    category: z.string().nullable(),
  }),
  rule: z
    .object({
      id,
      name: z.string(),
      isEnabled: z.boolean(),
      isCustomized: z.boolean().describe('true: the rule differs from what was found'),
    })
    .nullable()
    .describe('null: never approved'),
  suggestedAt: moment.nullable(),
  approvedAt: moment.nullable(),
  rejectedAt: moment.nullable(),
  rejectionCooldownUntil: moment.nullable(),
  expiredAt: moment.nullable(),
  lastAnalyzedAt: moment.nullable(),
};

/** A pattern in a list. */
export const patternResponse = z.object(patternFields).meta({ id: 'Pattern' });

/** A single pattern. */
export const patternDetails = z
  .object({
    ...patternFields,
    explanation: z.object({
      finding: z.string().describe('The observation: k of n messages'),
      certainty: z.string().describe('The confidence, and the confidence required'),
      exceptions: z.string().describe('The exceptions'),
      consequence: z.string().describe('What the rule will do after approval'),
    }),
    evidence: z.array(
      z.object({
        messageId: z.string(),
        message: messageOrNull,
        timestamp: moment.nullable(),
        action: z.string().nullable().describe('What the owner did with the message'),
        isException: z.boolean().describe('true: did not follow the pattern'),
        foundInPlace: z.boolean().describe('true: it was found when monitoring started'),
      }),
    ),
  })
  .meta({ id: 'PatternDetails' });

type Listed = PatternPage['patterns'][number];

/** Presents a pattern in a list. */
export function presentPattern(
  pattern: Listed,
  rule: StoredRule | undefined,
  nameOf: FolderNames,
): z.output<typeof patternResponse> {
  const { confidence, sampleSize, exceptionCount, threshold } = pattern;
  return {
    id: pattern._id.toString(),
    mailboxId: pattern.mailboxId.toString(),
    type: pattern.patternType,
    status: pattern.status,
    confidence,
    threshold: threshold ?? null,
    sampleSize,
    exceptionCount,
    lowerBound: pattern.lowerBound ?? null,
    tier: pattern.tier ?? null,
    trigger: pattern.trigger ?? 'arrival',
    neededCount: pattern.needed ?? null,
    openedCount: pattern.openedCount ?? 0,
    openedUnknownCount: pattern.openedUnknownCount ?? 0,
    ...presentFinding(pattern, nameOf),
    rule: rule === undefined ? null : presentRule(rule, pattern),
    ...presentTimes(pattern),
  };
}

/** Presents a single pattern, with explanation and evidence. */
export function presentDetails(
  pattern: StoredPattern,
  rule: StoredRule | undefined,
  { nameOf, messageOf }: { readonly nameOf: FolderNames; readonly messageOf: MessageSummaries },
): z.output<typeof patternDetails> {
  const mailboxId = pattern.mailboxId.toString();
  return {
    ...presentPattern(pattern, rule, nameOf),
    explanation: explainPattern(pattern, (folderId) => nameOf(mailboxId, folderId) ?? undefined),
    evidence: pattern.evidence.map(({ messageId = '', timestamp, action, isException, foundInPlace }) => ({
      messageId,
      message: presentMessage(messageOf({ mailboxId: pattern.mailboxId, messageId })),
      timestamp: timestamp?.toISOString() ?? null,
      action: action ?? null,
      isException: isException ?? false,
      foundInPlace: foundInPlace ?? false,
    })),
  };
}

function presentFinding({ condition, suggestedAction, ...pattern }: Listed, nameOf: FolderNames) {
  const presentFolder = (folderId: string | undefined) =>
    folderId === undefined ? null : nameOf.folder(pattern.mailboxId.toString(), folderId);
  return {
    condition: {
      senderEmail: condition?.senderEmail ?? null,
      senderDomain: condition?.senderDomain ?? null,
      fromFolder: presentFolder(condition?.fromFolder),
      subjectPattern: condition?.subjectPattern ?? null,
      isNewsletter: condition?.isNewsletter ?? null,
      subjectPrefix: condition?.subjectPrefix ?? null,
      listId: condition?.listId ?? null,
    },
    action: {
      actionType: suggestedAction?.actionType ?? null,
      toFolder: presentFolder(suggestedAction?.toFolder),
      category: suggestedAction?.category ?? null,
    },
  };
}

function presentRule({ _id, name, isEnabled, conditions, actions }: StoredRule, found: Listed) {
  const said = actions.map(({ order: _order, ...action }) => action);
  const isAsFound = isDeepStrictEqual(conditions, found.condition) && isDeepStrictEqual(said, [found.suggestedAction]);
  return { id: _id.toString(), name, isEnabled, isCustomized: !isAsFound };
}

function presentTimes(pattern: Listed) {
  const { suggestedAt, approvedAt, rejectedAt, rejectionCooldownUntil, expiredAt, lastAnalyzedAt } = pattern;
  return {
    suggestedAt: suggestedAt?.toISOString() ?? null,
    approvedAt: approvedAt?.toISOString() ?? null,
    rejectedAt: rejectedAt?.toISOString() ?? null,
    rejectionCooldownUntil: rejectionCooldownUntil?.toISOString() ?? null,
    expiredAt: expiredAt?.toISOString() ?? null,
    lastAnalyzedAt: lastAnalyzedAt?.toISOString() ?? null,
  };
}
