import { z } from 'zod';
import { changeWhitelist } from '../../accounts/mailbox-whitelist.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { whitelistedDomains, whitelistedSenders } from '../admin/whitelist-lists.ts';
import { id, noSuchMailbox } from '../schemas.ts';

const entries = z.strictObject({
  whitelistedSenders: whitelistedSenders.optional(),
  whitelistedDomains: whitelistedDomains.optional(),
});

const body = z.strictObject({
  add: entries.optional(),
  remove: entries.optional().describe('Removed first: an entry that is also in `add` stays'),
});

const whitelistResponse = z
  .object({ whitelistedSenders: z.array(z.string()), whitelistedDomains: z.array(z.string()) })
  .meta({ id: 'MailboxWhitelist' });

/** Mounts single changes of the protected senders of a mailbox. */
export function mountMailboxWhitelist(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/mailboxes/{mailboxId}/whitelist'],
    {
      summary: 'Add and remove protected senders of a mailbox. Entries that are not named stay',
      tag: 'mailboxes',
      params: z.strictObject({ mailboxId: id }),
      body,
      responses: {
        200: json(whitelistResponse, 'The lists after the change'),
        404: noSuchMailbox,
        409: problem('whitelist_full: a list has at most 1,000 entries'),
      },
    },
    async ({ params: { mailboxId }, body: { add = {}, remove = {} } }, { userId }) => {
      const { settings } = await changeWhitelist({ userId, mailboxId }, { add, remove });
      const { whitelistedSenders: senders, whitelistedDomains: domains } = settings;
      return { status: 200, body: { whitelistedSenders: senders, whitelistedDomains: domains } };
    },
  );
}
