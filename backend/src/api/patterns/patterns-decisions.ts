import { z } from 'zod';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { approvePattern } from '../../patterns/decisions/approve.ts';
import { bulkDecide } from '../../patterns/decisions/bulk.ts';
import { customizePattern } from '../../patterns/decisions/customize.ts';
import type { Decided } from '../../patterns/decisions/decide.ts';
import { rejectPattern } from '../../patterns/decisions/reject.ts';
import type { PatternKey, StoredPattern } from '../../patterns/stored-pattern.ts';
import { withdrawApproval } from '../../patterns/decisions/withdraw.ts';
import { patternStatuses } from '../../models/index.ts';
import { patternDetails } from './patterns.presenter.ts';
import { ruleAction, ruleConditions } from '../rules/rules.schemas.ts';
import { id } from '../schemas.ts';

const tag = 'patterns';
const params = z.strictObject({ patternId: id });
const nothing = z.strictObject({});
const maxIds = 500;

const rejection = {
  never: z.boolean().optional().describe('It is not to be suggested again at all; otherwise not for 30 days'),
  reason: z.string().trim().min(1).max(200).optional().describe('For the audit log'),
};

const customization = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    condition: ruleConditions.optional().describe('In place of the whole condition that was found'),
    action: ruleAction.optional(),
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

/** Mounts what an owner decides about their patterns. @param describe makes the answer of the pattern as it is then */
export function mountDecisions(context: RouteContext, describe: Describe): void {
  mountDecision(context, describe, {
    verb: 'approve',
    summary: 'Say yes: one rule does from now on what was found; saying it again changes nothing',
    body: nothing,
    decide: approvePattern,
  });
  mountDecision(context, describe, {
    verb: 'reject',
    summary: 'Say no: it is not suggested again for 30 days, or never',
    body: z.strictObject(rejection),
    decide: rejectPattern,
  });
  mountDecision(context, describe, {
    verb: 'customize',
    summary: 'Say yes to something else: the rule carries what is given here, and what was found for the rest',
    body: customization,
    decide: (key, { condition, ...given }) => customizePattern(key, { ...given, conditions: condition }),
  });
  mountDecision(context, describe, {
    verb: 'withdraw',
    summary: 'Take an approval back: its rule is disabled, and it is a suggestion again',
    body: nothing,
    decide: withdrawApproval,
  });
  mountBulk(context);
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
        200: json(patternDetails, 'The pattern as it is then'),
        404: problem('The caller has no such pattern'),
        409: problem('A pattern in this state cannot become that; the message says what it can become'),
      },
    },
    async ({ params: { patternId }, body: given }, { userId }) => {
      const { pattern } = await decide({ userId, patternId }, given);
      return { status: 200, body: await describe(pattern) };
    },
  );
}

function mountBulk(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/patterns/bulk'],
    {
      summary: `Approve or reject up to ${maxIds} patterns; each has a result of its own`,
      tag,
      body: bulkBody,
      responses: { 200: json(bulkResponse, 'What became of each, in their order; one that came twice once') },
    },
    async ({ body: { ids, decision, ...given } }, { userId }) => ({
      status: 200,
      body: { results: await bulkDecide(userId, ids, { kind: decision, ...given }) },
    }),
  );
}
