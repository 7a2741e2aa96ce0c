import type { IMessageState } from '../models/index.ts';
import type { Arrived } from '../rules/engine.ts';
import { delayMsOf } from '../rules/trigger.ts';
import { applyAtMoment, type MomentContext } from './apply-at-moment.ts';
import { dueMoments, type MomentState } from './moments.ts';

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
    const delayMs = delayMsOf(rule);
    if (delayMs === undefined) return [];
    const until = book.timedUntil(rule)?.getTime() ?? now;
    return [{ rule, delayMs, from: Number.NEGATIVE_INFINITY, until }];
  });
  let hasActed = false;
  for (const { delayMs, rules } of dueMoments(state.receivedAt.getTime(), windows)) {
    const moment = { kind: 'after', delayMs } as const;
    const result = await applyAtMoment(context, { state, arrived, moment, isTried: (rule) => rules.has(rule) });
    if (result === 'done') hasActed = true;
  }
  return hasActed;
}
