import { z } from 'zod';
import { graphTime } from './answer.ts';
import { lenientList, text } from './lenient.ts';
import { type Page, pageOf } from './paging.ts';
import type { GraphRequest } from './request.ts';
import { sentFields } from './select.ts';

const recipients = lenientList(z.object({ emailAddress: z.object({ address: text }).nullish() }));

const sentMessage = z.object({
  id: z.string(),
  sentDateTime: graphTime.nullish(),
  toRecipients: recipients,
  ccRecipients: recipients,
} satisfies Record<(typeof sentFields)[number], z.ZodType>);
type SentMessage = z.infer<typeof sentMessage>;

/**
 * Lists the recipients of the mail in Sent Items, newest first.
 * @param pageSize 1 to 1,000
 */
export function listSentMail(pageSize: number): GraphRequest<Page<SentMessage>> {
  return {
    method: 'GET',
    route: '/me/mailFolders/sentitems/messages',
    select: sentFields,
    query: { $top: String(pageSize), $orderby: 'receivedDateTime desc' },
    repeatable: true,
    answer: pageOf(sentMessage),
  };
}
