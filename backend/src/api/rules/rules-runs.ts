import { z } from 'zod';
import { listRuns } from '../../automation/runs/list-runs.ts';
import { findRun, previewRule, queueRun, type StoredRun, stopRun } from '../../automation/runs/runs.ts';
import { findRule } from '../../rules/stored-rules.ts';
import { wordsOf } from '../../rules/rule-definition.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { runStatuses } from '../../models/index.ts';
import { AppError, mailboxNotFound } from '../../lib/errors.ts';
import { withFolderIds } from '../../rules/places/known-folders.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { replayDraft } from '../patterns/patterns-replay.ts';
import { replayResponse } from '../patterns/patterns-replay.presenter.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { promoteMaintenance, type RulePorts } from './rules-ports.ts';
import { count, id, moment, tooSlow } from '../schemas.ts';

const tag = 'rules';
const params = z.strictObject({ ruleId: id });
const runParams = z.strictObject({ ruleId: id, runId: id });
const noSuchRun = problem('The caller has no such run of this rule');

const previewResponse = z.object({
  token: id.describe('Pass it to run the rule on these messages, once'),
  endsAt: moment,
  messages: count.describe('Existing messages that the rule would change, at most 5,000'),
  sample: z
    .array(
      z.object({
        messageId: z.string(),
        sender: z.string().nullable(),
        subject: z.string().nullable(),
        receivedAt: moment,
      }),
    )
    .describe('The newest of these messages, at most 10'),
});

const runResponse = z
  .object({
    id,
    status: z.enum(runStatuses),
    total: count,
    done: count,
    acted: count.describe('Messages changed'),
    left: count.describe('Messages left alone: moved, gone, protected, or already in the desired state'),
    failed: count,
    startedAt: moment.nullable(),
    finishedAt: moment.nullable(),
    stopReason: z.string().nullable(),
  })
  .meta({ id: 'RuleRun' });

/** Mounts the replay of a rule, and its runs on existing mail. */
export function mountRuleRuns(context: RouteContext, ports: RulePorts): void {
  mountReplay(context);
  mountRun(context, ports);
  mountProgress(context);
}

function mountReplay(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/replay'],
    {
      summary:
        "Replay a rule on the last 90 days, and preview a run on existing mail. A rule of the organization is replayed in one of the caller's mailboxes, before or after it was accepted",
      tag,
      params,
      body: z.strictObject({
        mailboxId: id.optional().describe('Required for a rule of the organization'),
      }),
      responses: {
        200: json(
          replayResponse.extend({
            preview: previewResponse
              .nullable()
              .describe('null for a rule of the organization: it applies to new mail only'),
          }),
        ),
        404: problem('The caller has no such rule or mailbox'),
        409: problem('mailbox_needed: the rule is of the organization, and no mailbox was named'),
        503: problem('too_much: reading the history of this mailbox takes too long'),
      },
    },
    async ({ params: { ruleId }, body }, { userId }) => {
      const rule = await findRule({ userId, ruleId });
      const mailbox = await readOwnedMailbox({ userId, mailboxId: mailboxToReplay(rule, body.mailboxId) });
      if (rule.scope === 'org') {
        const past = await replayDraft(mailbox, withFolderIds(wordsOf(rule), mailbox));
        return { status: 200, body: { ...past, preview: null } };
      }
      const past = await replayDraft(mailbox, wordsOf(rule));
      return { status: 200, body: { ...past, preview: presentPreview(await previewRule(rule, mailbox, new Date())) } };
    },
  );
}

/** @throws AppError 409 mailbox_needed; NotFoundError for a mailbox that is not the rule's */
function mailboxToReplay({ mailboxId, scope }: StoredRule, named: string | undefined): string {
  const own = scope === 'org' ? named : mailboxId?.toString();
  if (own === undefined) {
    const message = 'A rule of the organization has no mailbox of its own: name the mailbox to replay it in';
    throw new AppError(409, 'mailbox_needed', message);
  }
  if (named !== undefined && named !== own) throw mailboxNotFound();
  return own;
}

function presentPreview({ endsAt, sample, ...preview }: Awaited<ReturnType<typeof previewRule>>) {
  const shown = sample.map(({ messageId, sender, subject, receivedAt }) => ({
    messageId,
    sender: sender ?? null,
    subject: subject ?? null,
    receivedAt: receivedAt.toISOString(),
  }));
  return { ...preview, endsAt: endsAt.toISOString(), sample: shown };
}

function mountRun(context: RouteContext, ports: RulePorts): void {
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/run'],
    {
      summary: 'Run a rule on exactly the messages of a preview',
      tag,
      params,
      body: z.strictObject({ previewToken: id }),
      responses: {
        202: json(z.object({ run: runResponse }), 'Queued; starts when a worker is free'),
        404: problem('The caller has no such preview of this rule'),
        409: problem(
          'preview_void: expired, already used, or the rule has been changed or disabled; automation_paused; write_access_needed; mailbox_disconnected; folder_unusable',
        ),
      },
    },
    async ({ params: { ruleId }, body: { previewToken } }, { userId }) => {
      const check = async ({ mailboxId, actions }: StoredRule): Promise<void> => {
        if (mailboxId !== undefined) await ports.places.require(actions, await readOwnedMailbox({ userId, mailboxId }));
      };
      const run = await queueRun({ userId, ruleId, runId: previewToken }, { now: new Date(), check });
      await promoteMaintenance(ports, [run.mailboxId]);
      return { status: 202, body: { run: presentRun(run) } };
    },
  );
}

function mountProgress(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/rules/{ruleId}/runs'],
    {
      summary: 'Runs of a rule in the last 30 days, newest first, at most 50',
      tag,
      params,
      responses: {
        200: json(z.object({ items: z.array(runResponse) })),
        404: problem('The caller has no such rule'),
        503: tooSlow,
      },
    },
    async ({ params: { ruleId } }, { userId }) => {
      await findRule({ userId, ruleId });
      return { status: 200, body: { items: (await listRuns({ userId, ruleId })).map(presentRun) } };
    },
  );
  route(
    context,
    ['user', 'get', '/api/rules/{ruleId}/runs/{runId}'],
    {
      summary: 'Progress of a run',
      tag,
      params: runParams,
      responses: { 200: json(runResponse), 404: noSuchRun },
    },
    async ({ params: { ruleId, runId } }, { userId }) => ({
      status: 200,
      body: presentRun(await findRun({ userId, ruleId, runId })),
    }),
  );
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/runs/{runId}/stop'],
    {
      summary: 'Cancel a run; completed actions are kept',
      tag,
      params: runParams,
      body: z.strictObject({}),
      responses: { 200: json(runResponse), 404: noSuchRun, 409: problem('The run has finished, or never started') },
    },
    async ({ params: { ruleId, runId } }, { userId }) => ({
      status: 200,
      body: presentRun(await stopRun({ userId, ruleId, runId }, new Date())),
    }),
  );
}

function presentRun(run: StoredRun): z.output<typeof runResponse> {
  const { status, messageIds, position, counts, startedAt, finishedAt, stopReason } = run;
  return {
    id: run._id.toString(),
    status,
    total: messageIds.length,
    done: position,
    acted: counts.acted,
    left: counts.left,
    failed: counts.failed,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    stopReason: stopReason ?? null,
  };
}
