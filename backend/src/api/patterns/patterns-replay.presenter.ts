import { z } from 'zod';
import type { VoteOutcome } from '../../patterns/detection/outcome.ts';
import type { PastReplay } from '../../patterns/decisions/replay-sum.ts';
import { folder } from './patterns.presenter.ts';
import { count, moment } from '../schemas.ts';

const share = z.number().min(0).max(1);
const outcomes = ['deleted', 'archived', 'moved', 'cleared', 'read', 'left'] as const;

export const replayResponse = z.object({
  from: moment,
  to: moment,
  considered: count.describe('Messages of the mailbox that the owner has shown an opinion about'),
  matched: count.describe('Messages among them that the rule would have taken'),
  agreed: count.describe('The owner did the same'),
  contradicted: count.describe('The owner did something else'),
  precision: share.nullable().describe('Agreed of agreed and contradicted; null: there is nothing to judge by'),
  precisionBound: share.nullable().describe('The lower end of its 95 % Wilson interval'),
  coverage: share.describe('Matched of considered'),
  contradictions: z.array(z.string()).describe('Message ids, the newest first, at most 100'),
  sample: z
    .array(
      z.object({
        messageId: z.string(),
        sender: z.string(),
        subject: z.string().nullable(),
        receivedAt: moment,
        ownerDid: z.enum(outcomes).describe('cleared: marked read with others, faster than anybody reads'),
        ownerMovedTo: folder.nullable(),
        at: moment.describe('When the owner did it; for what was only left, when it arrived'),
      }),
    )
    .describe('The newest contradictions as they were, at most 10'),
});

/** What an owner sees of a replay. @param folderNames what folders are called, by id */
export function presentReplay(
  { from, to, precision, precisionBound, contradictions, sample, ...numbers }: PastReplay,
  folderNames: ReadonlyMap<string, string>,
): z.output<typeof replayResponse> {
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
