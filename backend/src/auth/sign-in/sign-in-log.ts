import type { Types } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { minuteMs } from '../../lib/durations.ts';
import { toError } from '../../lib/errors.ts';
import type { LogLimiter } from '../../lib/log-limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import { signIns } from '../../lib/metrics.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { recordOrgEntry } from '../../models/store/org-log.ts';

/** The end of a sign-in, or of connecting a mailbox. */
export interface SignInOutcome {
  readonly purpose: 'sign-in' | 'connect' | 'unknown';
  /** The code of the refusal; undefined for success. */
  readonly refusal?: string | undefined;
  readonly userId?: Types.ObjectId | undefined;
  /** The directory of the account, once Microsoft has said it. */
  readonly tenantId?: string | undefined;
  /** True once this browser has shown that it began the sign-in: strangers cannot cause entries of the log. */
  readonly isBegun: boolean;
}

/** Logs, counts and records the end of a sign-in. Does not throw. */
export type TellSignIn = (outcome: SignInOutcome) => Promise<void>;

export interface SignInLogDeps {
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly clock: Clock;
}

/** Returns the function that the ends of sign-ins go to. A failure to record one is logged, and refuses nobody. */
export function createSignInLog({ logger, limiter, clock }: SignInLogDeps): TellSignIn {
  return async (outcome) => {
    const { purpose, refusal, userId, tenantId } = outcome;
    signIns.inc({ outcome: refusal ?? 'success' });
    const fields = { purpose, userId: userId?.toHexString(), tenantId };
    if (refusal === undefined) logger.info(purpose === 'connect' ? 'Mailbox connected' : 'Signed in', fields);
    else limiter.info(logger, 'Sign-in refused', `sign-in ${refusal}`, { code: refusal, ...fields });
    try {
      if (outcome.isBegun) await record(outcome, clock());
    } catch (error) {
      const text = "A sign-in could not be recorded in the organization's log";
      limiter.warn(logger, text, 'organization log', { error: toError(error).message });
    }
  };
}

/** Refusals of one kind are recorded once a minute: who is refused can try as often as they like. */
async function record({ purpose, refusal, userId, tenantId }: SignInOutcome, now: number): Promise<void> {
  const facts = { purpose, ...(tenantId !== undefined && { tenantId }) };
  if (refusal === undefined) {
    if (purpose === 'sign-in') await recordOrgEntry({ kind: 'signed_in', by: userId, details: facts });
    return;
  }
  const minute = new Date(Math.floor(now / minuteMs) * minuteMs);
  const about = ['refused', purpose, refusal, tenantId ?? '', userId?.toHexString() ?? ''];
  const details = { ...facts, code: refusal };
  await recordOrgEntry({ _id: deterministicId(minute, about), kind: 'sign_in_refused', by: userId, details });
}
