import type { Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { type IPattern, Pattern } from '../models/index.ts';

// Glossary: a *decision* of the owner approves, rejects, customizes or withdraws a pattern. Its intent is closed when
// pattern and rule have followed: see models/store/intent-log.ts.

export type StoredPattern = IPattern & { _id: Types.ObjectId };

/** Which pattern, and whose it must be. */
export interface PatternKey {
  readonly userId: string;
  readonly patternId: string;
}

/** @throws NotFoundError when the user has no such pattern */
export async function findPattern({ userId, patternId }: PatternKey): Promise<StoredPattern> {
  const pattern = await Pattern.findOne({ _id: patternId, userId }).lean<StoredPattern>();
  if (pattern === null) throw new NotFoundError('There is no such pattern');
  return pattern;
}

const stampOf = {
  detected: 'detectedAt',
  suggested: 'suggestedAt',
  approved: 'approvedAt',
  rejected: 'rejectedAt',
  expired: 'expiredAt',
} as const satisfies Record<IPattern['status'], keyof IPattern>;

/** The states that a decision can lead to. */
export const decidedStates = ['approved', 'rejected', 'suggested'] as const;
export type DecidedState = (typeof decidedStates)[number];

/** The field that says since when a pattern is in a state, or when it last was. */
export function stampField<S extends IPattern['status']>(state: S): (typeof stampOf)[S] {
  return stampOf[state];
}

/** Finds a pattern only as long as it is in the very state that it was read in, not in the same one anew. */
export function asItWasRead(pattern: StoredPattern) {
  const { _id, userId, status } = pattern;
  const field = stampField(status);
  return { _id, userId, status, [field]: pattern[field] ?? null };
}
