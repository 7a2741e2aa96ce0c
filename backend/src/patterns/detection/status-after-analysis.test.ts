import { describe, expect, it } from 'vitest';
import type { PatternCandidate } from './candidate.ts';
import { statusAfterAnalysis } from './status-after-analysis.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date('2026-03-02T12:00:00Z');
const good = { status: 'suggested', confidence: 90, threshold: 80, blockers: [], evidence: newest(0) } as const;

/** The newest five messages, the newest of which are exceptions. */
function newest(exceptions: number): PatternCandidate['evidence'] {
  const entry = { messageId: 'm', timestamp: now, action: 'moved', foundInPlace: false };
  return Array.from({ length: 5 }, (_, index) => ({ ...entry, isException: index < exceptions }));
}

function weak(confidence: number, ...blockers: PatternCandidate['blockers']) {
  return { status: 'detected', confidence, threshold: 80, blockers, evidence: newest(0) } as const;
}

describe('the state of a pattern after an analysis', () => {
  it.each([
    ['new, and sure', undefined, good, 'suggested'],
    ['new, and not sure', undefined, weak(70, 'bound'), 'detected'],
    ['detected, and now sure', { status: 'detected' }, good, 'suggested'],
    ['detected, and still not sure', { status: 'detected' }, weak(70, 'bound'), 'detected'],
    ['detected, and gone', { status: 'detected' }, undefined, 'expired'],
    ['suggested, and still sure', { status: 'suggested' }, good, 'suggested'],
    ['suggested, and a little less sure', { status: 'suggested' }, weak(78, 'bound'), 'suggested'],
    ['suggested, and not sure', { status: 'suggested' }, weak(74, 'bound'), 'expired'],
    [
      'suggested, and lately not always',
      { status: 'suggested' },
      { ...weak(90, 'recent'), evidence: newest(2) },
      'suggested',
    ],
    [
      'suggested, and lately seldom',
      { status: 'suggested' },
      { ...weak(90, 'recent'), evidence: newest(3) },
      'expired',
    ],
    ['suggested, and now covered', { status: 'suggested' }, weak(90, 'covered'), 'expired'],
    ['suggested, and now protected', { status: 'suggested' }, weak(90, 'protected'), 'expired'],
    ['suggested, and gone', { status: 'suggested' }, undefined, 'expired'],
    ['expired, and sure again', { status: 'expired' }, good, 'suggested'],
    ['expired, and not sure', { status: 'expired' }, weak(76, 'bound'), 'expired'],
    ['approved, whatever is found', { status: 'approved' }, undefined, 'approved'],
    ['rejected, within the cooldown', { status: 'rejected', rejectionCooldownUntil: later }, good, 'rejected'],
    ['rejected, after the cooldown', { status: 'rejected', rejectionCooldownUntil: now }, good, 'suggested'],
    ['rejected, and gone', { status: 'rejected', rejectionCooldownUntil: now }, undefined, 'rejected'],
  ] as const)('%s: %s', (_name, known, found, expected) => {
    expect(statusAfterAnalysis(known, found, now)).toBe(expected);
  });
});
