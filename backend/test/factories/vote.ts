import type { VoteOutcome, Vote } from '../../src/patterns/detection/outcome.ts';
import { nextNumber } from './sequence.ts';

const at = new Date('2026-02-01T12:00:00Z');

/** A vote by a message of one sender that arrived in the inbox, each with another message id. */
export function buildVote(outcome: VoteOutcome, fields: Partial<Vote> = {}): Vote {
  return {
    messageId: `message-${nextNumber()}`,
    outcome,
    at,
    receivedAt: at,
    sender: 'news@shop.example',
    domain: 'shop.example',
    fromFolder: 'inbox',
    subject: undefined,
    subjectNormalized: undefined,
    isNewsletter: false,
    foundInPlace: false,
    opened: 'no',
    placement: false,
    ...fields,
  };
}

/** So many votes alike. */
export function buildVotes(count: number, outcome: VoteOutcome, fields: Partial<Vote> = {}): Vote[] {
  return Array.from({ length: count }, () => buildVote(outcome, fields));
}
