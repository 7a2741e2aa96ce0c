import { z } from 'zod';
import { changeOrganizationWhitelist, readOrganizationWhitelist } from '../../rules/whitelist-organization.ts';
import { json, route, type RouteContext } from '../../http/route.ts';
import { whitelistedDomains, whitelistedSenders } from './whitelist-lists.ts';

const tag = 'admin';
const path = '/api/admin/whitelist';

const whitelistResponse = z.object({
  whitelistedSenders: z.array(z.string()),
  whitelistedDomains: z.array(z.string()),
});

const changeBody = z.strictObject({
  whitelistedSenders: whitelistedSenders.optional(),
  whitelistedDomains: whitelistedDomains.optional(),
});

/** Mounts whose mail no rule of anybody touches; each mailbox has a list of its own beside it. */
export function mountWhitelist(context: RouteContext): void {
  const responses = { 200: json(whitelistResponse) };
  route(
    context,
    ['admin', 'get', path],
    { summary: 'Whose mail no rule touches, in the whole organization', tag, responses },
    async () => ({ status: 200, body: await readOrganizationWhitelist() }),
  );
  route(
    context,
    ['admin', 'patch', path],
    { summary: 'Set whose mail no rule touches; a list left out stays as it is', tag, body: changeBody, responses },
    async ({ body }, { userId }) => ({ status: 200, body: await changeOrganizationWhitelist(body, userId) }),
  );
}
