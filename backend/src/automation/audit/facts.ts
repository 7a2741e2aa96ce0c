import { Types } from 'mongoose';
import { z } from 'zod';
import type { ActionResult } from '../action-log.ts';
import { ruleSnapshot } from '../../rules/rule-intent.ts';

const results = ['done', 'gone', 'overtaken', 'paused', 'failed'] as const satisfies readonly ActionResult[];

/** A fact that is missing, or in another form than it has now, is no fact: an old entry is shown by what is known. */
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
  /** Of a rule that was run, at that time. */
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
  /** The rule that a decision about a pattern makes. */
  rule: known(z.object({ name: z.string() })),
  numbers: known(z.object({ confidence: z.number(), sampleSize: z.number(), exceptionCount: z.number() })),
  role: text,
  from: text,
  to: text,
  reason: text,
  messages: number,
  ...lists,
});

/** `before` and `after` say how a message stood, what a rule said, or how long lists were. */
const states = z.object({
  propertiesBefore: known(messageProperties),
  ruleBefore: known(ruleSnapshot),
  ruleAfter: known(ruleSnapshot),
  listsAfter: known(z.object(lists)),
});

export type AuditFacts = z.output<typeof details> & z.output<typeof states>;
/** What is known of how a message stood, or of what was changed of it. */
export type RecordedProperties = z.output<typeof messageProperties>;

/** What an entry of the audit log says, as far as it can be understood. */
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
