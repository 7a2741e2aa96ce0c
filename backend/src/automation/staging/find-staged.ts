import type { Message } from '../../graph/messages.ts';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import type { Types } from 'mongoose';
import { lookAt } from '../executor.ts';
import { type MailAction, mailActionOf, type RuleFacts } from '../action-log.ts';
import { type MessageProperties, propertiesOf } from '../../models/fields/message-properties.ts';
import type { StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

export type StagingAct = Extract<MailAction, { readonly action: 'email_staged' }>;

/** A staged message as it is at Graph now. */
export interface Found {
  readonly message: Message;
  readonly now: MessageProperties;
  /** `elsewhere`: its owner has taken it out of the staging folder. */
  readonly where: 'staging' | 'deleted' | 'elsewhere';
  /** The act that has staged it; undefined when the audit log does not have it in a form that is known. */
  readonly stagedBy: StagingAct | undefined;
}

/** Looks for a staged message. @returns undefined when it is gone. @throws GraphError; the signal's reason */
export async function findStaged(context: StagingContext, row: StagedRow): Promise<Found | undefined> {
  const message = await lookAt(context.lease, row.messageId);
  if (message === undefined) return undefined;
  const stagedBy = await readStagingAct(row);
  const now = propertiesOf(message);
  const isThere = now.folderId === stagedBy?.details.change.folderId;
  const kind = isThere ? 'staging' : await context.folderKindOf(now.folderId);
  const where = kind === 'staging' || kind === 'deleted' ? kind : 'elsewhere';
  return { message, now, where, stagedBy };
}

async function readStagingAct({ auditId }: StagedRow): Promise<StagingAct | undefined> {
  const stored = await AuditLog.findById(auditId).lean<IAuditLog & { readonly _id: Types.ObjectId }>();
  const act = stored === null ? undefined : mailActionOf(stored);
  return act?.action === 'email_staged' ? act : undefined;
}

/** What an act on a staged message says of where it comes from. */
export function originOf(row: StagedRow, stagedBy: StagingAct | undefined) {
  const facts: Partial<RuleFacts> =
    stagedBy === undefined ? { ruleId: row.ruleId.toHexString() } : ruleFactsOf(stagedBy.details);
  return { ...facts, stagedEmailId: row._id.toHexString(), stagedBy: row.auditId.toHexString() };
}

function ruleFactsOf({ ruleId, ruleName, ruleVersion, patternId, evidence }: RuleFacts): RuleFacts {
  return {
    ruleId,
    ruleName,
    ruleVersion,
    ...(patternId === undefined ? {} : { patternId }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** The rule that has staged a message, for a sentence about it. */
export function ruleInWords(stagedBy: StagingAct | undefined): string {
  return stagedBy === undefined ? 'the rule that has staged it' : `the rule “${stagedBy.details.ruleName}”`;
}

/** The same messageProperties, for the audit log to keep. */
export function written(messageProperties: MessageProperties) {
  return { ...messageProperties, categories: [...messageProperties.categories] };
}
