import { findMailbox } from '../accounts/mailboxes.ts';
import { AppError } from '../lib/errors.ts';
import type { EventWindow } from '../observation/reports/event-window.ts';
import { instant, mailboxFilter } from './schemas.ts';

/** The query parameters of a window of events. */
export const windowFields = {
  mailbox: mailboxFilter,
  from: instant.optional(),
  to: instant.optional().describe('Exclusive; now when omitted'),
};

export interface WindowQuery {
  readonly mailbox?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Checks that a mailbox is the caller's. @throws NotFoundError */
export async function requireOwnMailbox(userId: string, mailboxId: string | undefined): Promise<void> {
  if (mailboxId !== undefined) await findMailbox({ userId, mailboxId });
}

/** Checks that `from` is before `to`. @throws AppError 400 invalid_request */
export function requireOrder({ from, to }: WindowQuery): void {
  if (from !== undefined && to !== undefined && from >= to) throw invalid('`from` must be before `to`');
}

/**
 * The window of a summary.
 * @param lengths milliseconds: how much of the time before `to` is meant without `from`, and how long it may be
 * @throws NotFoundError for another's mailbox; AppError 400 for a window that is too long, or ends before it begins
 */
export async function readWindow(
  userId: string,
  { mailbox, from, to = new Date() }: WindowQuery,
  lengths: { readonly usualMs: number; readonly maxMs: number },
): Promise<EventWindow> {
  const start = from ?? new Date(to.getTime() - lengths.usualMs);
  requireOrder({ from: start, to });
  if (to.getTime() - start.getTime() > lengths.maxMs)
    throw invalid('The time between `from` and `to` is too long: choose a shorter one');
  await requireOwnMailbox(userId, mailbox);
  return { userId, mailboxId: mailbox, from: start, to };
}

function invalid(message: string): AppError {
  return new AppError(400, 'invalid_request', `The query is not valid: ${message}`);
}
