import { z } from 'zod';
import { reorderRules } from '../../rules/changes/reorder-rules.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { presentRules } from './rules-shown.ts';
import { ruleResponse } from './rules.presenter.ts';
import { id, noSuchMailbox } from '../schemas.ts';

const ruleIds = z.array(id).max(10_000).describe('Every rule once, in the order in which they are tried');

const orderBody = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('user').optional(), mailboxId: id, ruleIds }),
  z.strictObject({ scope: z.literal('org').describe('The rules of the organization; admins only'), ruleIds }),
]);

/** Mounts the order of rules. */
export function mountRuleOrder(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/rules/reorder'],
    {
      summary: 'Reorder all rules of a mailbox or of the organization',
      tag: 'rules',
      body: orderBody,
      responses: {
        200: json(z.object({ items: z.array(ruleResponse) }), 'The rules in their new order'),
        403: problem('admins_only for rules of the organization; csrf: the CSRF token is missing or wrong'),
        404: noSuchMailbox,
        503: problem('The rules are being changed concurrently: try again'),
      },
    },
    async ({ body }, { userId, role }) => {
      if (body.scope === 'org' && role !== 'admin') {
        throw new AppError(403, 'admins_only', 'Only admins can reorder the rules of the organization');
      }
      if (body.scope !== 'org') await requireOwnMailbox(userId, body.mailboxId);
      const list =
        body.scope === 'org'
          ? ({ scope: 'org' } as const)
          : ({ scope: 'user', userId, mailboxId: body.mailboxId } as const);
      const rules = await reorderRules({ list, ruleIds: body.ruleIds, by: userId });
      return { status: 200, body: { items: await presentRules({ userId, role }, rules) } };
    },
  );
}
