import { z } from 'zod';
import {
  changeOrganizationWhitelist,
  readOrganizationWhitelist,
} from '../../rules/organization/whitelist-organization.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { whitelistedDomains, whitelistedSenders } from './whitelist-lists.ts';

const tag = 'admin';
const path = '/api/admin/whitelist';

const whitelistResponse = z
  .object({
    whitelistedSenders: z.array(z.string()),
    whitelistedDomains: z.array(z.string()),
  })
  .meta({ id: 'Whitelist' });

const changeBody = z.strictObject({
  whitelistedSenders: whitelistedSenders.optional(),
  whitelistedDomains: whitelistedDomains.optional(),
});

/** Mounts the whitelist of the organization. Each mailbox has a whitelist of its own as well. */
export function mountWhitelist(context: RouteContext): void {
  const responses = { 200: json(whitelistResponse) };
  route(
    context,
    ['admin', 'get', path],
    { summary: 'The whitelist of the organization: senders whose mail no rule touches', tag, responses },
    async () => ({ status: 200, body: await readOrganizationWhitelist() }),
  );
  route(
    context,
    ['admin', 'patch', path],
    { summary: 'Update the whitelist of the organization (partial)', tag, body: changeBody, responses },
    async ({ body }, { userId }) => ({ status: 200, body: await changeOrganizationWhitelist(body, userId) }),
  );
}
