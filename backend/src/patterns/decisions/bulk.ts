import { AppError } from '../../lib/errors.ts';
import type { IPattern } from '../../models/index.ts';
import { knownPlaces, type RulePlaces } from '../../rules/places/rule-places.ts';
import { approvePattern } from './approve.ts';
import type { Decided } from './decide.ts';
import { findPattern, type PatternKey } from '../stored-pattern.ts';
import { type Rejection, rejectPattern } from './reject.ts';

export type BulkDecision = { readonly kind: 'approve' } | ({ readonly kind: 'reject' } & Rejection);

/** The result for one pattern. */
export type BulkResult =
  | { readonly id: string; readonly ok: true; readonly status: IPattern['status'] }
  | { readonly id: string; readonly ok: false; readonly code: string; readonly message: string };

/**
 * Makes one decision about many patterns: one result per distinct id, in request order.
 * @throws only errors that concern no single pattern, such as an unreachable store: repeating the call completes it
 */
export async function bulkDecide(
  userId: string,
  patternIds: readonly string[],
  decision: BulkDecision,
  places: RulePlaces = knownPlaces,
): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for (const id of new Set(patternIds)) {
    results.push(await decideOne({ userId, patternId: id }, decision, places));
  }
  return results;
}

async function decideOne(key: PatternKey, decision: BulkDecision, places: RulePlaces): Promise<BulkResult> {
  const id = key.patternId;
  try {
    if (decision.kind === 'approve') await requireSure(key);
    const { pattern }: Decided = await (decision.kind === 'approve'
      ? approvePattern(key, places)
      : rejectPattern(key, decision));
    return { id, ok: true, status: pattern.status };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { id, ok: false, code: error.code, message: error.message };
  }
}

/** A suggestion that is likely only is looked at by itself. @throws NotFoundError; AppError 409 not_sure */
async function requireSure(key: PatternKey): Promise<void> {
  const { tier, status } = await findPattern(key);
  if (status !== 'suggested' || tier !== 'likely') return;
  throw new AppError(
    409,
    'not_sure',
    'This suggestion is likely, not sure: look at its examples and approve it by itself',
  );
}
