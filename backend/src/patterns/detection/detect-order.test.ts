import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectPatterns, type DetectionSettings, startDetection } from './detect.ts';
import { matches } from '../../rules/matcher.ts';
import type { VoteOutcome, Vote } from './outcome.ts';
import { votesOf } from './votes.ts';

const now = new Date('2026-03-01T12:00:00Z');
const dayMs = 24 * 60 * 60 * 1000;

function settings(changes: Partial<DetectionSettings> = {}): DetectionSettings {
  return {
    now,
    aggressiveness: 'moderate',
    halfLifeDays: 30,
    leastHistoryDays: 14,
    protectionOf: () => 'none',
    isSharedDomain: () => false,
    ...changes,
  };
}

const folderKindOf = (folderId: string): 'inbox' | 'deleted' => (folderId === 'inbox' ? 'inbox' : 'deleted');
let messages = 0;

function vote(outcome: VoteOutcome, changes: Partial<Vote> = {}): Vote {
  messages += 1;
  const at = changes.at ?? new Date(now.getTime() - (2 + (messages % 20)) * dayMs);
  const sender = changes.sender ?? 'news@shop.example';
  return {
    messageId: `m${messages}`,
    outcome,
    at,
    receivedAt: at,
    sender,
    domain: sender.slice(sender.indexOf('@') + 1),
    fromFolder: 'inbox',
    subject: undefined,
    subjectNormalized: undefined,
    isNewsletter: false,
    foundInPlace: false,
    opened: 'no',
    placement: false,
    ...changes,
  };
}

describe('detection', () => {
  const anyVote = fc
    .record({
      outcome: fc.constantFrom<VoteOutcome[]>('deleted', 'deleted', 'deleted', 'left', 'archived', { moved: 'f1' }),
      sender: fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@y.example'),
      subjectNormalized: fc.constantFrom('one', 'two', undefined),
      isNewsletter: fc.boolean(),
    })
    .map(({ outcome, ...changes }) => vote(outcome, changes));
  const anyVotes = fc.array(anyVote, { maxLength: 200, size: 'max' });

  it('counts what its own matcher finds, never twice the same pattern, and repeats itself', () => {
    fc.assert(
      fc.property(anyVotes, (votes) => {
        const patterns = detectPatterns(votes, settings({ leastHistoryDays: 0 }));

        expect(new Set(patterns.map(({ key }) => key)).size).toBe(patterns.length);
        expect(detectPatterns(votes, settings({ leastHistoryDays: 0 }))).toEqual(patterns);
        for (const { condition, sampleSize, exceptionCount, confidence } of patterns) {
          expect(votes.filter((one) => matches(condition, one))).toHaveLength(sampleSize);
          expect(exceptionCount).toBeLessThanOrEqual(sampleSize);
          expect(confidence).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('reads 100,000 events of one mailbox', () => {
    const detection = startDetection(settings());
    for (let sender = 0; sender < 1000; sender++) {
      const events = Array.from({ length: 50 }, (_, index) => ({
        messageId: `${sender}-${index}`,
        sender: { email: `s${sender}@d${sender % 300}.example` },
        subjectNormalized: `subject ${index % 7}`,
        receivedAt: new Date(now.getTime() - (2 + index) * dayMs),
        timestamp: new Date(now.getTime() - (1 + index) * dayMs),
        isRead: false,
        toFolder: index % (1 + (sender % 40)) === 0 ? 'bin' : 'inbox',
      }));
      const rows = events.flatMap((event) => [
        { ...event, eventType: 'arrived' as const },
        { ...event, eventType: 'moved' as const },
      ]);
      detection.addSender(votesOf(rows, { now, folderKindOf, blindWindows: [], burstOf: () => undefined }));
    }
    const patterns = detection.finish().candidates;

    expect(patterns.length).toBeGreaterThan(0);
  });
});
