import { dayMs } from '../lib/durations.ts';
import type { Logger } from '../lib/logger.ts';
import { notifyAdmins } from './notify-admins.ts';

/** Days before the end at which admins are told, once each. */
const noticeDays = [30, 7, 0] as const;

export interface SecretExpiry {
  /** The day on which the client secret ends; undefined: nobody has said. */
  readonly expires: Date | undefined;
  /** The end of the certificate that stands in its place; undefined: there is none. */
  readonly certificateExpires?: Date | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly logger: Logger;
}

const proofs = {
  secret: {
    name: 'client secret',
    settings: 'MICROSOFT_CLIENT_SECRET and MICROSOFT_CLIENT_SECRET_EXPIRES',
    warning: 'The client secret of the app registration ends soon: create a new one and set MICROSOFT_CLIENT_SECRET',
  },
  certificate: {
    name: 'client certificate',
    settings: 'MICROSOFT_CLIENT_CERTIFICATE_FILE and MICROSOFT_CLIENT_KEY_FILE',
    warning:
      'The certificate of the app registration ends soon: upload a new one and set MICROSOFT_CLIENT_CERTIFICATE_FILE',
  },
} as const;

/**
 * Tells admins and the log that the client secret, or the certificate in its place, ends soon: without a new one nobody
 * can sign in or be monitored.
 */
export async function announceSecretExpiry({ expires, certificateExpires, now, logger }: SecretExpiry): Promise<void> {
  const end = certificateExpires ?? expires;
  if (end === undefined) return;
  const daysLeft = Math.ceil((end.getTime() - now) / dayMs);
  const due = noticeDays.findLast((days) => daysLeft <= days);
  if (due === undefined) return;
  const { name, settings, warning } = proofs[certificateExpires === undefined ? 'secret' : 'certificate'];
  const day = end.toISOString().slice(0, 10);
  logger.warn(warning, { expires: day, daysLeft });
  await notifyAdmins({
    occasion: [certificateExpires === undefined ? 'secret expiry' : 'certificate expiry', day, String(due)],
    at: end,
    title: daysLeft > 0 ? `The ${name} expires soon` : `The ${name} has expired`,
    message: `The ${name} of MSEDB at Microsoft ${daysLeft > 0 ? 'expires' : 'expired'} on ${day}. Create a new one in the app registration (Certificates & secrets), set ${settings}, and restart MSEDB. Without a valid one nobody can sign in and no mailbox is monitored.`,
  });
}
