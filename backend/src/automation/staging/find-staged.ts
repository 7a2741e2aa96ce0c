import type { Message } from '../../graph/messages.ts';
import { defined } from '../../lib/defined.ts';
import { AuditLog } from '../../models/index.ts';
import { lookAt } from '../find-message.ts';
import { type MailAction, mailActionOf, type RuleFacts } from '../action-log.ts';
import { type MessageProperties, propertiesOf } from '../../models/fields/message-properties.ts';
import type { StoredEntry } from '../audit/queries.ts';
import type { StagedRow } from './staged-row.ts';
import type { StagingContext } from './staging-context.ts';

export type StagingAct = Extract<MailAction, { readonly action: 'email_staged' }>;

/** A staged message in its current state at Graph. */
export interface FoundMessage {
  readonly message: Message;
  readonly now: MessageProperties;
  /** `recoverable`: it was deleted for good; `elsewhere`: its owner has moved it out of the staging folder. */
  readonly where: 'staging' | 'deleted' | 'recoverable' | 'elsewhere';
  /** The act that staged it; undefined when the audit log has none in a known form. */
  readonly stagedBy: StagingAct | undefined;
}

/**
 * Reads a staged message from Graph and says where it is.
 * @returns undefined when it does not exist any more
 * @throws GraphError; the signal's reason
 */
export async function findStaged(context: StagingContext, row: StagedRow): Promise<FoundMessage | undefined> {
  const message = await lookAt(context.lease, row.messageId);
  if (message === undefined) return undefined;
  const stagedBy = await readStagingAct(row);
  const now = propertiesOf(message);
  const isThere = now.folderId === stagedBy?.details.change.folderId;
  const kind = isThere ? 'staging' : await context.folderKindOf(now.folderId);
  const where = kind === 'staging' || kind === 'deleted' || kind === 'recoverable' ? kind : 'elsewhere';
  return { message, now, where, stagedBy };
}

async function readStagingAct({ auditId }: StagedRow): Promise<StagingAct | undefined> {
  const stored = await AuditLog.findById(auditId).lean<StoredEntry>();
  const act = stored === null ? undefined : mailActionOf(stored);
  return act?.action === 'email_staged' ? act : undefined;
}

/** Returns the audit details that link an act on a staged message to its row, its rule and the act that staged it. */
export function stagingDetails(row: StagedRow, stagedBy: StagingAct | undefined) {
  const facts: Partial<RuleFacts> =
    stagedBy === undefined
      ? defined<Partial<RuleFacts>>({ ruleId: row.ruleId?.toHexString() })
      : ruleFactsOf(stagedBy.details);
  return { ...facts, stagedEmailId: row._id.toHexString(), stagedBy: row.auditId.toHexString() };
}

function ruleFactsOf({ ruleId, ruleName, ruleVersion, patternId, evidence }: RuleFacts): RuleFacts {
  return defined<RuleFacts>({ ruleId, ruleName, ruleVersion, patternId, evidence });
}

/** Names the rule that staged a message, for use within a sentence. */
export function nameStagingRule(stagedBy: StagingAct | undefined): string {
  return stagedBy === undefined ? 'the rule that staged it' : `the rule “${stagedBy.details.ruleName}”`;
}

/** Says in a sentence why a message was in the staging folder. */
export function whyStaged({ reason }: StagedRow, stagedBy: StagingAct | undefined): string {
  if (stagedBy === undefined && reason === 'found') return 'It was found in the staging folder.';
  return `It was staged for deletion by ${nameStagingRule(stagedBy)}.`;
}
