import { z } from 'zod';
import { NotFoundError } from '../../lib/errors.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { tiers } from '../../models/Pattern.ts';
import { EmailEvent, Pattern } from '../../models/index.ts';
import { patternKey, type PatternCondition } from '../../patterns/detection/candidate.ts';
import type { SuggestedAction } from '../../patterns/detection/outcome.ts';
import { withFolderIds } from '../../rules/places/known-folders.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import type { RuleDraft } from '../../rules/rule-draft.ts';
import { ruleActions, ruleConditions } from '../rules/rules.schemas.ts';
import { id, noSuchMailbox } from '../schemas.ts';
import { replayDraft } from './patterns-replay.ts';
import { replayResponse } from './patterns-replay.presenter.ts';

const count = z.int().min(0);
const body = z.strictObject({ mailboxId: id, actions: ruleActions });
const response = z
  .object({
    draft: z
      .object({ mailboxId: id, conditions: ruleConditions, actions: ruleActions })
      .describe('Body of POST /api/rules, which makes it a rule'),
    forecast: z
      .object({
        confidence: z.number().min(0).max(100).describe('Percent of the next such messages that would go the same way'),
        tier: z.enum(tiers).nullable(),
        followed: count,
        seen: count,
      })
      .nullable()
      .describe('What the owner has done with such mail so far; null: not often enough to tell'),
    replay: replayResponse,
  })
  .meta({ id: 'AlwaysDraft' });

/** Mounts “always do this with mail like this”: a draft with what is known of it. It writes nothing. */
export function mountAlways(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/messages/{messageId}/always'],
    {
      summary: 'Draft a rule that does this with all mail like this message. Writes nothing: POST /api/rules does',
      tag: 'patterns',
      params: z.strictObject({ messageId: z.string().min(1).max(1_000) }),
      body,
      responses: {
        200: json(response, 'The draft, the forecast, and what it would have done in the last 90 days'),
        404: noSuchMailbox,
        503: problem('too_much: reading the history of this mailbox takes too long'),
      },
    },
    async ({ params: { messageId }, body: { mailboxId, actions } }, { userId }) => {
      const mailbox = await readOwnedMailbox({ userId, mailboxId });
      const conditions = await conditionsOf({ userId, mailboxId, messageId });
      const draft = withFolderIds({ conditions, actions }, mailbox);
      const replay = await replayDraft(mailbox, draft);
      const [action] = draft.actions.flatMap((one) => suggestedAs(one) ?? []);
      const forecast = await forecastOf({ userId, mailboxId }, conditions, action);
      return { status: 200, body: { draft: { mailboxId, ...draft }, forecast, replay } };
    },
  );
}

/** Mail of a mailing list is like other mail of the list, other mail like that of its sender. @throws NotFoundError */
async function conditionsOf(key: {
  readonly userId: string;
  readonly mailboxId: string;
  readonly messageId: string;
}): Promise<{ listId: string } | { senderEmail: string }> {
  const arrived = await EmailEvent.findOne({ ...key, eventType: 'arrived' }, 'sender.email metadata.listId').lean();
  const [listId, senderEmail] = [arrived?.metadata?.listId, arrived?.sender?.email];
  if (listId !== undefined) return { listId };
  if (senderEmail === undefined) throw new NotFoundError('No such message, or its arrival is not recorded (any more)');
  return { senderEmail };
}

async function forecastOf(
  owner: { readonly userId: string; readonly mailboxId: string },
  condition: PatternCondition,
  action: SuggestedAction | undefined,
) {
  if (action === undefined) return null;
  const found = await Pattern.findOne({ ...owner, key: patternKey(condition, action) }).lean();
  if (found === null) return null;
  const { confidence, tier = null, sampleSize, exceptionCount } = found;
  return { confidence, tier, followed: sampleSize - exceptionCount, seen: sampleSize };
}

/** Returns the action as patterns have it; undefined for one that is never suggested. */
function suggestedAs({ actionType, toFolder }: RuleDraft['action']): SuggestedAction | undefined {
  if (actionType === 'move') return toFolder === undefined ? undefined : { actionType, toFolder };
  return actionType === 'delete' || actionType === 'archive' || actionType === 'markRead' ? { actionType } : undefined;
}
