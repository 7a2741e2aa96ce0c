import { deterministicId } from '../../models/store/deterministic-id.ts';
import { contradictions, rescues, stagedExecutions } from '../../lib/metrics.ts';
import { recordAction } from '../action-log.ts';
import { type Found, originOf, ruleInWords, written } from './find-staged.ts';
import { end, type StagedRow } from './staged-row.ts';

/** Its owner has put a staged message elsewhere: that is a rescue, and nothing is done to it. */
export async function acceptMove(row: StagedRow, { now, stagedBy }: Found): Promise<void> {
  await recordAction({
    ...keyOf(row, 'moved'),
    action: 'email_rescued',
    details: {
      ...originOf(row, stagedBy),
      cause: 'moved_by_owner',
      why: `You have taken it out of the staging folder, where ${ruleInWords(stagedBy)} had put it.`,
      before: written(now),
      change: {},
    },
  });
  const how = { status: 'rescued', rescuedAt: new Date(), rescueReason: 'moved_by_owner' } as const;
  if (!(await end(row, how))) return;
  rescues.inc({ reason: 'moved_by_owner' });
  contradictions.inc({ kind: 'moved' });
}

/** Its owner has deleted a staged message before its time: that is what was to happen, and nothing is done to it. */
export async function acceptDeletion(row: StagedRow, { now, stagedBy }: Found): Promise<void> {
  await recordAction({
    ...keyOf(row, 'deleted'),
    action: 'email_executed',
    details: {
      ...originOf(row, stagedBy),
      cause: 'owner',
      why: `You have deleted it yourself while it waited, where ${ruleInWords(stagedBy)} had put it.`,
      before: written(now),
      change: {},
    },
  });
  if (await end(row, { status: 'executed', executedAt: new Date() }))
    stagedExecutions.inc({ outcome: 'deleted_by_owner' });
}

/** The same id however often it is noticed. */
function keyOf({ _id, userId, mailboxId, messageId, createdAt }: StagedRow, what: string) {
  return { id: deterministicId(createdAt, [what, _id.toHexString()]), userId, mailboxId, messageId };
}
