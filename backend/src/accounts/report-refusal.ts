import { reasonOf, withNumber } from '../auth/microsoft/entra-reasons.ts';
import type { Refusal, ReportRefusal } from '../auth/sign-in/refusals.ts';
import type { Clock } from '../lib/clock.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { dayOf, notifyAdmins } from './notify-admins.ts';

export interface RefusalDeps {
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly clock: Clock;
}

/**
 * Returns the function that refusals of Entra ID go to. The log gets the number: at error level when who runs the
 * service must act. Admins are told once a day when they, or an administrator of the organization, must act.
 */
export function createRefusalReport({ logger, limiter, clock }: RefusalDeps): ReportRefusal {
  return async (refusal) => {
    const actor = reasonOf(refusal.aadsts)?.actor;
    const text = 'Microsoft refused a sign-in or a token';
    const { reason, ...fields } = refusal;
    if (actor === 'operator') logger.error(text, { code: reason, ...fields });
    else limiter.warn(logger, text, `${refusal.at} ${reason}`, { code: reason, ...fields });
    if (actor === 'operator' || actor === 'organization') await tellAdmins(refusal, clock());
  };
}

async function tellAdmins({ aadsts, at }: Refusal, now: number): Promise<void> {
  const known = reasonOf(aadsts);
  if (known === undefined) return;
  const what = at === 'sign-in' ? 'let somebody sign in' : 'give MSEDB access to a mailbox';
  await notifyAdmins({
    occasion: ['refusal', known.code],
    at: dayOf(now),
    title: 'Microsoft refuses MSEDB',
    message: `Microsoft did not ${what}. ${withNumber(known.message, aadsts)}.`,
  });
}
