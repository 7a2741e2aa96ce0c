import { z } from 'zod';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';

const rule = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  sequence: z.number(),
  isEnabled: z.boolean(),
  /** Conditions such as senderContains. */
  conditions: z.record(z.string(), z.unknown()).nullish(),
  /** Actions such as moveToFolder with the id of a folder. */
  actions: z.record(z.string(), z.unknown()).nullish(),
});
export type MessageRule = z.infer<typeof rule>;

/** Lists the rules that the owner has set in Outlook. Needs the scope MailboxSettings.Read. */
export function listInboxRules(): GraphRequest<Page<MessageRule>> {
  return { method: 'GET', route: '/me/mailFolders/inbox/messageRules', repeatable: true, answer: pageOf(rule) };
}
