import { z } from 'zod';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { approvePattern } from '../../patterns/decisions/approve.ts';
import { bulkDecide } from '../../patterns/decisions/bulk.ts';
import { customizePattern } from '../../patterns/decisions/customize.ts';
import type { Decided } from '../../patterns/decisions/decide.ts';
import { reconsiderPattern } from '../../patterns/decisions/reconsider.ts';
import { rejectPattern } from '../../patterns/decisions/reject.ts';
import type { RulePlaces } from '../../rules/places/rule-places.ts';
import type { PatternKey, StoredPattern } from '../../patterns/stored-pattern.ts';
import { withdrawApproval } from '../../patterns/decisions/withdraw.ts';
import { patternStatuses } from '../../models/index.ts';
import { patternDetails } from './patterns.presenter.ts';
import { ruleAction, ruleConditions, triggerBody } from '../rules/rules.schemas.ts';
import { id } from '../schemas.ts';

const tag = 'patterns';
const params = z.strictObject({ patternId: id });
const nothing = z.strictObject({});
const maxIds = 500;

const rejection = {
  never: z.boolean().optional().describe('true: never suggest it again; otherwise not for 30 days'),
  reason: z.string().trim().min(1).max(200).optional().describe('For the audit log'),
};

const customization = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    condition: ruleConditions.optional().describe('Replaces the whole condition that was found'),
    action: ruleAction.optional(),
    trigger: triggerBody,
  })
  .refine((body) => Object.values(body).some((part) => part !== undefined), 'must change something');

const bulkBody = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('approve'), ids: z.array(id).min(1).max(maxIds) }),
  z.strictObject({ decision: z.literal('reject'), ids: z.array(id).min(1).max(maxIds), ...rejection }),
]);

const bulkResponse = z.object({
  results: z.array(
    z.discriminatedUnion('ok', [
      z.object({ id, ok: z.literal(true), status: z.enum(patternStatuses) }),
      z.object({ id, ok: z.literal(false), code: z.string(), message: z.string() }),
    ]),
  ),
});

type Describe = (pattern: StoredPattern) => Promise<z.output<typeof patternDetails>>;

interface DecisionSpec<B extends z.ZodType> {
  readonly verb: string;
  readonly summary: string;
  readonly body: B;
  readonly decide: (key: PatternKey, body: z.output<B>) => Promise<Decided>;
}

/**
 * Mounts the decisions about patterns.
 * @param describe presents the pattern after the decision
 * @param places checks the folders of rules
 */
export function mountDecisions(context: RouteContext, describe: Describe, places: RulePlaces): void {
  mountDecision(context, describe, {
    verb: 'approve',
    summary: 'Approve: creates and enables one rule. Idempotent',
    body: nothing,
    decide: (key) => approvePattern(key, places),
  });
  mountDecision(context, describe, {
    verb: 'reject',
    summary: 'Reject: not suggested again for 30 days, or ever',
    body: z.strictObject(rejection),
    decide: rejectPattern,
  });
  mountDecision(context, describe, {
    verb: 'customize',
    summary: 'Approve with changes: overrides the given fields',
    body: customization,
    decide: (key, { condition, ...given }) => customizePattern(key, { ...given, conditions: condition }, places),
  });
  mountDecision(context, describe, {
    verb: 'withdraw',
    summary: 'Withdraw an approval: disables its rule; the pattern is a suggestion again',
    body: nothing,
    decide: withdrawApproval,
  });
  mountDecision(context, describe, {
    verb: 'reconsider',
    summary: 'Take a rejection back: the pattern is a suggestion again, until the next analysis decides anew',
    body: nothing,
    decide: reconsiderPattern,
  });
  mountBulk(context, places);
}

function mountDecision<B extends z.ZodType>(
  context: RouteContext,
  describe: Describe,
  { verb, summary, body, decide }: DecisionSpec<B>,
): void {
  route(
    context,
    ['user', 'post', `/api/patterns/{patternId}/${verb}`],
    {
      summary,
      tag,
      params,
      body,
      responses: {
        200: json(patternDetails, 'The pattern after the decision'),
        404: problem('The caller has no such pattern'),
        409: problem(
          'illegal_transition: not possible in this state; the message lists what is. folder_unusable: mail cannot be moved to the folder. write_access_needed: MSEDB only looks at the mailbox',
        ),
      },
    },
    async ({ params: { patternId }, body: given }, { userId }) => {
      const { pattern } = await decide({ userId, patternId }, given);
      return { status: 200, body: await describe(pattern) };
    },
  );
}

function mountBulk(context: RouteContext, places: RulePlaces): void {
  route(
    context,
    ['user', 'post', '/api/patterns/bulk'],
    {
      summary: `Approve or reject up to ${maxIds} patterns; one result for each. What is likely only is not approved: not_sure`,
      tag,
      body: bulkBody,
      responses: { 200: json(bulkResponse, 'One result per distinct id, in request order') },
    },
    async ({ body: { ids, decision, ...given } }, { userId }) => ({
      status: 200,
      body: { results: await bulkDecide(userId, ids, { kind: decision, ...given }, places) },
    }),
  );
}
