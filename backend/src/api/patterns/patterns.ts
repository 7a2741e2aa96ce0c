import { z } from 'zod';
import { cursorForm } from '../../http/cursor.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { actionTypes } from '../../models/fields/action-types.ts';
import type { RulePlaces } from '../../rules/places/rule-places.ts';
import { readFolderNames } from '../../observation/reports/folder-names.ts';
import { patternStatuses, patternTypes } from '../../models/Pattern.ts';
import { listPatterns, type PatternCursor } from '../../patterns/decisions/pattern-queries.ts';
import { readRulesOf } from '../../rules/stored-rule.ts';
import { findPattern, type StoredPattern } from '../../patterns/stored-pattern.ts';
import { readMessageSummaries } from '../../models/store/message-summaries.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { patternDetails, patternResponse, presentDetails, presentPattern } from './patterns.presenter.ts';
import { type AnalysisPorts, mountAnalysis } from './patterns-analysis.ts';
import { mountDecisions } from './patterns-decisions.ts';
import { mountAlways } from './always.ts';
import { mountReplays } from './patterns-replay.ts';
import { id, listOf, mailboxFilter, noSuchMailbox, pageSchema, pageQuery, tooSlow } from '../schemas.ts';

const tag = 'patterns';

const cursorText = /^([\d.e+-]{1,30}):([\da-f]{24})$/;
/** Cursors of lists of patterns, which are sorted by confidence. */
const { encode: encodePatternCursor, schema: patternCursor } = cursorForm<PatternCursor>(
  ({ confidence, id: patternId }) => `${confidence}:${patternId}`,
  (text) => {
    const [, number, patternId] = cursorText.exec(text) ?? [];
    return number === undefined || patternId === undefined ? undefined : { confidence: Number(number), id: patternId };
  },
);

const query = z.strictObject({
  mailbox: mailboxFilter,
  status: listOf(patternStatuses),
  type: z.enum(patternTypes).optional(),
  action: z.enum(actionTypes).optional(),
  minConfidence: z.coerce.number().gt(0).max(100).optional().describe('Percent'),
  ...pageQuery(patternCursor),
});

const page = pageSchema(patternResponse);

/** Mounts the patterns of a user's mailboxes, and the decisions about them. */
export function mountPatterns(context: RouteContext, ports: AnalysisPorts, places: RulePlaces): void {
  mountList(context);
  mountOne(context);
  mountDecisions(context, describePattern, places);
  mountReplays(context);
  mountAlways(context);
  mountAnalysis(context, ports);
}

function mountList(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/patterns'],
    {
      summary: 'Patterns, highest confidence first, paginated',
      tag,
      query,
      responses: { 200: json(page), 404: noSuchMailbox, 503: tooSlow },
    },
    async ({ query: { mailbox, status, type, action, minConfidence, limit, cursor: after } }, { userId }) => {
      await requireOwnMailbox(userId, mailbox);
      const filter = {
        userId,
        mailboxId: mailbox,
        statuses: status,
        patternType: type,
        actionType: action,
        minConfidence,
      };
      const { patterns, next } = await listPatterns(filter, { limit, after });
      const mailboxIds = patterns.map(({ mailboxId }) => mailboxId.toString());
      const [rules, nameOf] = await Promise.all([readRulesOf(userId, patterns), readFolderNames(userId, mailboxIds)]);
      const items = patterns.map((pattern) => presentPattern(pattern, rules.get(pattern._id.toString()), nameOf));
      return { status: 200, body: { items, nextCursor: next === undefined ? null : encodePatternCursor(next) } };
    },
  );
}

function mountOne(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/patterns/{patternId}'],
    {
      summary: 'One pattern with its explanation and evidence',
      tag,
      params: z.strictObject({ patternId: id }),
      responses: { 200: json(patternDetails), 404: problem('The caller has no such pattern') },
    },
    async ({ params: { patternId } }, { userId }) => ({
      status: 200,
      body: await describePattern(await findPattern({ userId, patternId })),
    }),
  );
}

async function describePattern(pattern: StoredPattern): Promise<z.output<typeof patternDetails>> {
  const userId = pattern.userId.toString();
  const { mailboxId, evidence } = pattern;
  const [rules, nameOf, messageOf] = await Promise.all([
    readRulesOf(userId, [pattern]),
    readFolderNames(userId, [mailboxId.toString()]),
    readMessageSummaries(
      userId,
      evidence.flatMap(({ messageId }) => (messageId ? [{ mailboxId, messageId }] : [])),
    ),
  ]);
  return presentDetails(pattern, rules.get(pattern._id.toString()), { nameOf, messageOf });
}
