import { z } from 'zod';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';

const rule = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  sequence: z.number(),
  isEnabled: z.boolean(),
  /** What Outlook looks for, such as senderContains. */
  conditions: z.record(z.string(), z.unknown()).nullish(),
  /** What Outlook does, such as moveToFolder with the id of a folder. */
  actions: z.record(z.string(), z.unknown()).nullish(),
});
type InboxRule = z.infer<typeof rule>;

/** The rules that the owner has set in Outlook. They need the scope MailboxSettings.Read. */
export function listInboxRules(): GraphRequest<Page<InboxRule>> {
  return { method: 'GET', route: '/me/mailFolders/inbox/messageRules', repeatable: true, answer: pageOf(rule) };
}
