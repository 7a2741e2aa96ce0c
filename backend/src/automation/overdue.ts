import type { IMessageState } from '../models/index.ts';
import type { Arrived } from '../rules/engine.ts';
import { applyAtMoment, type MomentContext } from './apply-at-moment.ts';
import { dueMoments, momentOf, type MomentState } from './moments.ts';

interface NewMessage {
  readonly state: MomentState & Pick<IMessageState, 'receivedAt' | 'isRead'>;
  readonly arrived: Arrived;
}

/**
 * Applies timed rules to new mail that was first seen so late that their moment is over: what was handled up to then
 * could not include it. Moments that are still to be handled are left to `evaluateDue`; where both handle one, it is the
 * same action.
 * @returns true if a rule has changed the message
 */
export async function applyOverdue(context: MomentContext, { state, arrived }: NewMessage): Promise<boolean> {
  const { lease, book } = context;
  if (state.receivedAt === undefined || state.isRead) return false;
  const now = lease.client.graphClock.toGraphTime(lease.clock());
  const windows = book.rules.flatMap((rule) => {
    const moment = momentOf(rule);
    if (moment.kind !== 'after') return []; // mail that comes old does not reach an age here
    const until = book.timedUntil(rule)?.getTime() ?? now;
    return [{ rule, moment, from: Number.NEGATIVE_INFINITY, until }];
  });
  let hasActed = false;
  for (const { moment, rules } of dueMoments(state.receivedAt.getTime(), windows)) {
    const result = await applyAtMoment(context, { state, arrived, moment, isTried: (rule) => rules.has(rule) });
    if (result === 'done') hasActed = true;
  }
  return hasActed;
}
