import { z } from 'zod';
import type { MailboxRow } from '../accounts/mailboxes.ts';
import { id, moment } from './schemas.ts';

export const mailboxResponse = z.object({
  id,
  email: z.string(),
  displayName: z.string().nullable(),
  isConnected: z.boolean(),
  connectedAt: moment.nullable(),
  disconnectedAt: moment.nullable(),
  disconnectReason: z.string().nullable().describe('sign_in_required, tokens_unreadable or by_user'),
  lastSyncAt: moment.nullable(),
  settings: z.object({
    automationPaused: z.boolean(),
    whitelistedSenders: z.array(z.string()),
    whitelistedDomains: z.array(z.string()),
  }),
});

/** What an owner sees of a mailbox. */
export function presentMailbox(row: MailboxRow): z.output<typeof mailboxResponse> {
  const { automationPaused, whitelistedSenders, whitelistedDomains } = row.settings;
  return {
    id: row._id.toString(),
    email: row.email,
    displayName: row.displayName ?? null,
    isConnected: row.isConnected,
    connectedAt: row.connectedAt?.toISOString() ?? null,
    disconnectedAt: row.disconnectedAt?.toISOString() ?? null,
    disconnectReason: row.disconnectReason ?? null,
    lastSyncAt: row.lastSyncAt?.toISOString() ?? null,
    settings: { automationPaused, whitelistedSenders, whitelistedDomains },
  };
}
