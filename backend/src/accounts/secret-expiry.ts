import { dayMs } from '../lib/durations.ts';
import type { Logger } from '../lib/logger.ts';
import { notifyAdmins } from './notify-admins.ts';

/** Days before the end at which admins are told, once each. */
const noticeDays = [30, 7, 0] as const;

export interface SecretExpiry {
  /** The day on which the client secret ends; undefined: nobody has said. */
  readonly expires: Date | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly logger: Logger;
}

/** Tells admins and the log that the client secret ends soon: without a new one nobody can sign in or be monitored. */
export async function announceSecretExpiry({ expires, now, logger }: SecretExpiry): Promise<void> {
  if (expires === undefined) return;
  const daysLeft = Math.ceil((expires.getTime() - now) / dayMs);
  const due = noticeDays.findLast((days) => daysLeft <= days);
  if (due === undefined) return;
  const day = expires.toISOString().slice(0, 10);
  logger.warn('The client secret of the app registration ends soon: create a new one and set MICROSOFT_CLIENT_SECRET', {
    expires: day,
    daysLeft,
  });
  await notifyAdmins({
    occasion: ['secret expiry', day, String(due)],
    at: expires,
    title: daysLeft > 0 ? 'The client secret expires soon' : 'The client secret has expired',
    message: `The client secret of MSEDB at Microsoft ${daysLeft > 0 ? 'expires' : 'expired'} on ${day}. Create a new one in the app registration (Certificates & secrets), set MICROSOFT_CLIENT_SECRET and MICROSOFT_CLIENT_SECRET_EXPIRES, and restart MSEDB. Without a valid secret nobody can sign in and no mailbox is monitored.`,
  });
}
