import { z } from 'zod';
import { reorderRules } from '../../rules/reorder-rules.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { ruleResponse } from './rules.presenter.ts';
import { id, noSuchMailbox } from '../schemas.ts';

const ruleIds = z.array(id).max(10_000).describe('All rules, each once; the first is tried first');

const orderBody = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('user').optional(), mailboxId: id, ruleIds }),
  z.strictObject({ scope: z.literal('org').describe('The rules of the organization; only for admins'), ruleIds }),
]);

type PresentAll = (userId: string, rules: readonly StoredRule[]) => Promise<z.output<typeof ruleResponse>[]>;

/** Mounts how rules are put in an order. @param present makes the answer */
export function mountRuleOrder(context: RouteContext, present: PresentAll): void {
  route(
    context,
    ['user', 'post', '/api/rules/reorder'],
    {
      summary: 'Put all rules of a mailbox, or of the organization, in an order: all or none',
      tag: 'rules',
      body: orderBody,
      responses: {
        200: json(z.object({ items: z.array(ruleResponse) }), 'The rules in their order'),
        403: problem('Only admins order the rules of the organization; or the CSRF token is missing or wrong'),
        404: noSuchMailbox,
        503: problem('Others change the rules all the time'),
      },
    },
    async ({ body }, { userId, role }) => {
      if (body.scope === 'org' && role !== 'admin') {
        throw new AppError(403, 'admins_only', 'Only admins order the rules of the organization');
      }
      if (body.scope !== 'org') await requireOwnMailbox(userId, body.mailboxId);
      const list =
        body.scope === 'org'
          ? ({ scope: 'org' } as const)
          : ({ scope: 'user', userId, mailboxId: body.mailboxId } as const);
      const rules = await reorderRules({ list, ruleIds: body.ruleIds, by: userId });
      return { status: 200, body: { items: await present(userId, rules) } };
    },
  );
}
