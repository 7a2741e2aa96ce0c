import { deterministicId } from '../../models/store/deterministic-id.ts';
import { contradictions, rescues, stagedExecutions } from '../../lib/metrics.ts';
import { recordAction } from '../action-log.ts';
import { copyProperties } from '../message-properties.ts';
import { type FoundMessage, stagingDetails, whyStaged } from './find-staged.ts';
import { recordEnd, type StagedRow } from './staged-row.ts';

/** Records a staged message as rescued because its owner has moved it; changes nothing in the mailbox. */
export async function acceptMove(row: StagedRow, { now, stagedBy }: FoundMessage): Promise<void> {
  await recordAction({
    ...keyOf(row, 'moved'),
    action: 'email_rescued',
    details: {
      ...stagingDetails(row, stagedBy),
      cause: 'moved_by_owner',
      why: `${whyStaged(row, stagedBy)} You moved it out of the staging folder.`,
      before: copyProperties(now),
      change: {},
    },
  });
  const rescued = { status: 'rescued', rescuedAt: new Date(), rescueReason: 'moved_by_owner' } as const;
  if (!(await recordEnd(row, rescued))) return;
  rescues.inc({ reason: 'moved_by_owner' });
  contradictions.inc({ kind: 'moved' });
}

/** Records a staged message as executed because its owner has deleted it; changes nothing in the mailbox. */
export async function acceptDeletion(row: StagedRow, { now, stagedBy }: FoundMessage): Promise<void> {
  await recordAction({
    ...keyOf(row, 'deleted'),
    action: 'email_executed',
    details: {
      ...stagingDetails(row, stagedBy),
      cause: 'owner',
      why: `${whyStaged(row, stagedBy)} You deleted it yourself.`,
      before: copyProperties(now),
      change: {},
    },
  });
  if (await recordEnd(row, { status: 'executed', executedAt: new Date() }))
    stagedExecutions.inc({ outcome: 'deleted_by_owner' });
}

/** Derives the id from the row, so that the change is logged once however often it is seen. */
function keyOf({ _id, userId, mailboxId, messageId, createdAt }: StagedRow, what: string) {
  return { id: deterministicId(createdAt, [what, _id.toHexString()]), userId, mailboxId, messageId };
}
