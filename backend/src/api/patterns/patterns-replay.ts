import { z } from 'zod';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { observedMailboxOf } from '../../observation/changes/observation.ts';
import { whatWasFound } from '../../patterns/decisions/approve.ts';
import { withFolderIds } from '../../rules/places/known-folders.ts';
import { folderNamesOf, type OwnedMailbox, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { replayPast, windowDays } from '../../patterns/decisions/replay-past.ts';
import type { RuleDraft } from '../../rules/rule-draft.ts';
import type { RuleTrigger } from '../../rules/trigger.ts';
import { findPattern } from '../../patterns/stored-pattern.ts';
import { presentReplay, replayResponse } from './patterns-replay.presenter.ts';
import { readMessageSummaries } from '../../models/store/message-summaries.ts';
import { presentMessage } from '../message-summary.ts';
import { ruleActions, ruleConditions, triggerBody } from '../rules/rules.schemas.ts';
import { id, noSuchMailbox } from '../schemas.ts';

const tag = 'patterns';
const answer = json(replayResponse, 'The actions the rule would have taken, compared with what the owner did');
const tooMuch = problem('too_much: reading the history of this mailbox takes too long');

const draftBody = z.strictObject({
  mailboxId: id,
  conditions: ruleConditions,
  actions: ruleActions,
  trigger: triggerBody,
});

/** The part of a rule that a replay needs. */
interface Draft {
  readonly conditions: RuleDraft['conditions'];
  readonly actions: readonly RuleDraft['action'][];
  readonly trigger?: RuleTrigger | undefined;
}

/** Mounts the replay of a rule on the recorded history. It writes nothing. */
export function mountReplays(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/patterns/{patternId}/replay'],
    {
      summary: 'Replay the rule of this pattern on the last 90 days. Writes nothing',
      tag,
      params: z.strictObject({ patternId: id }),
      body: z.strictObject({}),
      responses: {
        200: answer,
        404: problem('The caller has no such pattern'),
        409: problem('incomplete_pattern: it has no complete condition and action'),
        503: tooMuch,
      },
    },
    async ({ params: { patternId } }, { userId }) => {
      const pattern = await findPattern({ userId, patternId });
      const { conditions, action, trigger } = whatWasFound(pattern);
      const mailbox = await readOwnedMailbox(pattern);
      return { status: 200, body: await replayDraft(mailbox, { conditions, actions: [action], trigger }) };
    },
  );
  route(
    context,
    ['user', 'post', '/api/rules/replay'],
    {
      summary: 'Replay a draft rule on the last 90 days. Writes nothing',
      tag,
      body: draftBody,
      responses: { 200: answer, 404: noSuchMailbox, 503: tooMuch },
    },
    async ({ body: { mailboxId, ...draft } }, { userId }) => {
      const mailbox = await readOwnedMailbox({ userId, mailboxId });
      return { status: 200, body: await replayDraft(mailbox, withFolderIds(draft, mailbox)) };
    },
  );
}

/** Replays a rule on the recorded history of a mailbox, and presents the result. */
export async function replayDraft(
  mailbox: OwnedMailbox,
  { conditions, actions, trigger }: Draft,
): Promise<z.output<typeof replayResponse>> {
  const now = new Date();
  const { folderKindOf } = observedMailboxOf(mailbox, { sinceDays: windowDays, now: now.getTime() });
  const { userId, _id: mailboxId, blindWindows } = mailbox;
  const past = { userId, mailboxId, now, folderKindOf, blindWindows };
  const result = await replayPast(past, {
    conditions,
    trigger,
    actions: actions.map((action, order) => ({ ...action, order })),
  });
  const keys = result.contradictions.map((messageId) => ({ mailboxId, messageId }));
  const messageOf = await readMessageSummaries(userId, keys);
  const contradictedMessages = keys.flatMap((key) => presentMessage(messageOf(key)) ?? []);
  return { ...presentReplay(result, folderNamesOf(mailbox)), contradictedMessages };
}
