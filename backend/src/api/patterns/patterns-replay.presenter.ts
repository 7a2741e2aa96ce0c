import { z } from 'zod';
import type { VoteOutcome } from '../../patterns/detection/outcome.ts';
import type { PastReplay } from '../../patterns/decisions/replay-sum.ts';
import { folder } from './patterns.presenter.ts';
import { messageSummary } from '../message-summary.ts';
import { count, moment } from '../schemas.ts';

const share = z.number().min(0).max(1);
const outcomes = ['deleted', 'archived', 'moved', 'cleared', 'read', 'left'] as const;

export const replayResponse = z
  .object({
    from: moment,
    to: moment,
    considered: count.describe('Messages on which the owner has acted'),
    matched: count.describe('Messages among them that the rule matches'),
    agreed: count.describe('Messages with which the owner did the same'),
    contradicted: count.describe('Messages with which the owner did something else'),
    precision: share.nullable().describe('agreed / (agreed + contradicted); null: no data'),
    precisionBound: share.nullable().describe('Lower bound of its 95 % Wilson interval'),
    coverage: share.describe('matched / considered'),
    contradictions: z.array(z.string()).describe('Message ids, newest first, at most 100'),
    contradictedMessages: z.array(messageSummary).describe('The messages of `contradictions`, in their order'),
    sample: z
      .array(
        z.object({
          messageId: z.string(),
          sender: z.string(),
          subject: z.string().nullable(),
          receivedAt: moment,
          ownerDid: z.enum(outcomes).describe('cleared: marked as read in bulk, too fast to have been read'),
          ownerMovedTo: folder.nullable(),
          at: moment.describe('When the owner acted; for mail left alone, when it arrived'),
        }),
      )
      .describe('The newest contradictions, at most 10'),
  })
  .meta({ id: 'Replay' });

/** Presents a replay. @param folderNames folder names by id */
export function presentReplay(
  { from, to, precision, precisionBound, contradictions, sample, ...numbers }: PastReplay,
  folderNames: ReadonlyMap<string, string>,
): Omit<z.output<typeof replayResponse>, 'contradictedMessages'> {
  return {
    ...numbers,
    from: from.toISOString(),
    to: to.toISOString(),
    precision: precision ?? null,
    precisionBound: precisionBound ?? null,
    contradictions: [...contradictions],
    sample: sample.map(({ messageId, sender, subject, receivedAt, outcome, at }) => ({
      messageId,
      sender,
      subject: subject ?? null,
      receivedAt: receivedAt.toISOString(),
      ...presentOutcome(outcome, folderNames),
      at: at.toISOString(),
    })),
  };
}

function presentOutcome(outcome: VoteOutcome, folderNames: ReadonlyMap<string, string>) {
  if (typeof outcome !== 'object') return { ownerDid: outcome, ownerMovedTo: null };
  const { moved } = outcome;
  return { ownerDid: 'moved' as const, ownerMovedTo: { id: moved, name: folderNames.get(moved) ?? null } };
}
