import type { Types } from 'mongoose';
import {
  AuditLog,
  EmailEvent,
  Mailbox,
  MessageState,
  MonthlyCount,
  Notification,
  OrgLog,
  Pattern,
  Rule,
  RuleRun,
  Session,
  StagedEmail,
  User,
  WebhookSubscription,
} from '../models/index.ts';

interface Exportable {
  find(filter: { userId: string }, fields: string): { lean(): { cursor(): AsyncIterable<object> } };
}

/** Secrets are no part of what is known about a person. */
const withoutSecrets = '-msalCache -msalCacheVersion -encryptedTokens -clientState -idHash -identityKey -__v';

const collections: ReadonlyMap<string, Exportable> = new Map<string, Exportable>([
  ['mailboxes', Mailbox],
  ['emailEvents', EmailEvent],
  ['messageStates', MessageState],
  ['monthlyCounts', MonthlyCount],
  ['patterns', Pattern],
  ['rules', Rule],
  ['ruleRuns', RuleRun],
  ['stagedEmails', StagedEmail],
  ['auditLogs', AuditLog],
  ['notifications', Notification],
  ['webhookSubscriptions', WebhookSubscription],
  ['sessions', Session],
]);

/**
 * Everything that is known about a person, as one JSON document in pieces: however much there is, little of it is in
 * memory at a time.
 */
export async function* exportAccount(userId: string): AsyncGenerator<string> {
  const user = await User.findById(userId, withoutSecrets).lean<{ _id: Types.ObjectId; logId?: Types.ObjectId }>();
  yield `{"exportedAt":${JSON.stringify(new Date())},"user":${JSON.stringify(user)}`;
  for (const [name, model] of collections) {
    yield `,\n"${name}":[`;
    let separator = '\n';
    for await (const row of model.find({ userId }, withoutSecrets).lean().cursor()) {
      yield separator + JSON.stringify(row);
      separator = ',\n';
    }
    yield ']';
  }
  yield ',\n"organizationLog":[';
  let comma = '\n';
  for await (const row of orgEntriesOf(user?.logId)) {
    yield comma + JSON.stringify(row);
    comma = ',\n';
  }
  yield ']}\n';
}

/** The entries of the organization's log that the person made, or that concern them. */
async function* orgEntriesOf(logId: Types.ObjectId | undefined): AsyncGenerator<object> {
  if (logId === undefined) return;
  yield* OrgLog.find({ $or: [{ actor: logId }, { target: logId }] }, '-__v')
    .lean()
    .cursor();
}
