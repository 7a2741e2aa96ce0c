import { Types } from 'mongoose';
import { z } from 'zod';
import type { ActionResult } from '../action-log.ts';
import { ruleSnapshot } from '../../rules/changes/rule-intent.ts';

const results = ['done', 'gone', 'overtaken', 'paused', 'failed'] as const satisfies readonly ActionResult[];

/** Reads a missing fact, or one in an older form, as undefined: an old entry is shown by the facts that are known. */
function known<T extends z.ZodType>(schema: T) {
  return schema.optional().catch(undefined);
}

const id = known(z.union([z.string(), z.instanceof(Types.ObjectId).transform(String)]));
const text = known(z.string());
const number = known(z.number());
const moment = known(z.coerce.date());

const messageProperties = z.object({
  folderId: text,
  isRead: known(z.boolean()),
  flagStatus: known(z.enum(['notFlagged', 'flagged', 'complete'])),
  categories: known(z.array(z.string())),
});
const lists = { whitelistedSenders: number, whitelistedDomains: number };
const messageIds = known(z.array(z.string()));

const details = z.object({
  why: text,
  by: text,
  cause: text,
  scope: text,
  ruleId: id,
  ruleName: text,
  /** Name of the rule at the time of the run. */
  name: text,
  ruleVersion: number,
  patternId: id,
  evidence: messageIds,
  runId: id,
  stagedEmailId: id,
  undoes: id,
  change: known(messageProperties),
  intended: known(messageProperties),
  result: known(z.enum(results)),
  finishedAt: moment,
  expiresAt: moment,
  /** The rule that an approval creates. */
  rule: known(z.object({ name: z.string() })),
  numbers: known(
    z.object({
      confidence: z.number(),
      lowerBound: z.number().optional(),
      sampleSize: z.number(),
      exceptionCount: z.number(),
    }),
  ),
  role: text,
  from: text,
  to: text,
  reason: text,
  messages: number,
  ...lists,
});

/** `before` and `after` hold the properties of a message, the definition of a rule, or the lengths of lists. */
const states = z.object({
  propertiesBefore: known(messageProperties),
  ruleBefore: known(ruleSnapshot),
  ruleAfter: known(ruleSnapshot),
  listsAfter: known(z.object(lists)),
});

export type AuditFacts = z.output<typeof details> & z.output<typeof states>;
/** The known properties of a message, or the known part of a change. */
export type RecordedProperties = z.output<typeof messageProperties>;

/** Reads the details of an audit entry; facts in an unknown form are left out. */
export function factsOf(row: { readonly targetType: string; readonly details?: unknown }): AuditFacts {
  const given = z
    .record(z.string(), z.unknown())
    .catch({})
    .parse(row.details ?? {});
  const { before, after } = given;
  return {
    ...details.parse(given),
    ...states.parse({
      ...(row.targetType === 'email' ? { propertiesBefore: before } : {}),
      ...(row.targetType === 'rule' ? { ruleBefore: before, ruleAfter: after } : {}),
      ...(row.targetType === 'settings' ? { listsAfter: after } : {}),
    }),
  };
}
