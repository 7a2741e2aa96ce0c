import type { Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { type IPattern, Pattern, type PatternStatus } from '../models/index.ts';

// Words: docs/GLOSSARY.md, "Patterns". The intent of a decision is closed when pattern
// and rule have followed: models/store/intent-log.ts.

export type StoredPattern = IPattern & { _id: Types.ObjectId };

/** The id of a pattern and of its owner. */
export interface PatternKey {
  readonly userId: string;
  readonly patternId: string;
}

/** Reads a pattern of a user. @throws NotFoundError when the user has no such pattern */
export async function findPattern({ userId, patternId }: PatternKey): Promise<StoredPattern> {
  const pattern = await Pattern.findOne({ _id: patternId, userId }).lean<StoredPattern>();
  if (pattern === null) throw new NotFoundError(`Pattern ${patternId} does not exist`);
  return pattern;
}

const stampOf = {
  detected: 'detectedAt',
  suggested: 'suggestedAt',
  approved: 'approvedAt',
  rejected: 'rejectedAt',
  expired: 'expiredAt',
} as const satisfies Record<PatternStatus, keyof IPattern>;

/** The statuses that a decision can set. */
export const decidedStates = ['approved', 'rejected', 'suggested'] as const;
export type DecidedState = (typeof decidedStates)[number];

/** Returns the name of the field with the time at which a pattern last entered a status. */
export function stampField<S extends PatternStatus>(state: S): (typeof stampOf)[S] {
  return stampOf[state];
}

/** Returns a filter that matches a pattern only while its status is unchanged since it was read. */
export function asItWasRead(pattern: StoredPattern) {
  const { _id, userId, status } = pattern;
  const field = stampField(status);
  return { _id, userId, status, [field]: pattern[field] ?? null };
}
