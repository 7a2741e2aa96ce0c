import { z } from 'zod';
import { AuditLog, Rule, StagedEmail } from '../../../src/models/index.ts';
import { actionLists, conditionLists, type RuleChoice, type Scope, type ServiceRequest } from './commands.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';

/** Statuses that the service may answer to a valid request at a bad time. */
const acceptable: ReadonlySet<number> = new Set([200, 201, 202, 204, 404, 409, 502, 503]);
const maxRules = 6;

/** Sends one request of the owner's to the service, as a browser would. */
export async function performRequest(fixture: MailboxFixture, request: ServiceRequest): Promise<void> {
  await fixture.service.backend.ensureUp();
  switch (request.do) {
    case 'createRule':
      if ((await Rule.countDocuments(fixture.owner)) >= maxRules) return;
      await send(fixture, ['POST', '/api/rules'], { mailboxId: fixture.mailboxId, ...ruleOf(fixture, request) });
      return;
    case 'changeRule':
      await onRule(fixture, request.pick, (id) =>
        send(fixture, ['PATCH', `/api/rules/${id}`], ruleOf(fixture, request)),
      );
      return;
    case 'enableRule':
      await onRule(fixture, request.pick, (id) => send(fixture, ['POST', `/api/rules/${id}/enable`], {}));
      return;
    case 'disableRule':
      await onRule(fixture, request.pick, (id) => send(fixture, ['POST', `/api/rules/${id}/disable`], {}));
      return;
    case 'removeRule':
      await onRule(fixture, request.pick, (id) => send(fixture, ['DELETE', `/api/rules/${id}`]));
      return;
    case 'runRule':
      await onRule(fixture, request.pick, (id) => runRule(fixture, id));
      return;
    case 'rescue':
    case 'execute':
      await onStaged(fixture, request.pick, (id) => send(fixture, ['POST', `/api/staging/${id}/${request.do}`]));
      return;
    case 'undo':
      await onAct(fixture, request.pick, (id) => send(fixture, ['POST', `/api/audit/${id}/undo`]));
      return;
    case 'sync':
      await send(fixture, ['POST', `/api/mailboxes/${fixture.mailboxId}/sync`]);
      return;
    default:
      request satisfies never;
  }
}

/** Turns the kill switch of the mailbox or of its owner on or off. @throws when the service refuses */
export async function setPaused(fixture: MailboxFixture, scope: Scope, automationPaused: boolean): Promise<void> {
  await fixture.service.backend.ensureUp();
  if (!automationPaused) fixture.pauses.ends(scope);
  const path = scope === 'user' ? '/api/me/preferences' : `/api/mailboxes/${fixture.mailboxId}/settings`;
  const { status, body } = await send(fixture, ['PATCH', path], { automationPaused });
  if (status !== 200) throw new Error(`The kill switch answers ${status}: ${JSON.stringify(body)}`);
  if (automationPaused) fixture.pauses.began(scope);
}

type Line = readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string];

/** Sends a request. @returns the answer; a status that is never acceptable is recorded as unexpected */
export async function send(fixture: MailboxFixture, [method, path]: Line, body?: object) {
  await fixture.service.forgetRequests(fixture.owner.userId.toHexString());
  const answer = await fixture.browser.write(method, path, body);
  if (!acceptable.has(answer.status)) {
    fixture.unexpectedAnswers.push(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer;
}

function ruleOf(fixture: MailboxFixture, { conditions, actions }: RuleChoice) {
  const folderId = (name: string) => fixture.folderId(name);
  return { conditions: conditionLists(folderId)[conditions], actions: actionLists(folderId)[actions] };
}

const preview = z.object({ preview: z.object({ token: z.string() }) });

async function runRule(fixture: MailboxFixture, ruleId: string): Promise<void> {
  const replayed = await send(fixture, ['POST', `/api/rules/${ruleId}/replay`], {});
  if (replayed.status !== 200) return;
  const previewToken = preview.parse(replayed.body).preview.token;
  await send(fixture, ['POST', `/api/rules/${ruleId}/run`], { previewToken });
}

type Row = { readonly _id: { toString(): string } };

async function onPicked(rows: readonly Row[], pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const row = rows[pick % rows.length];
  if (row !== undefined) await work(row._id.toString());
}

async function onRule({ owner }: MailboxFixture, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  await onPicked(await Rule.find(owner, '_id').sort({ _id: 1 }).lean(), pick, work);
}

/** Picks among open staged messages, now and then among closed ones too. */
async function onStaged(
  { owner }: MailboxFixture,
  pick: number,
  work: (id: string) => Promise<unknown>,
): Promise<void> {
  const open = pick % 5 === 0 ? {} : { status: 'staged' as const };
  await onPicked(
    await StagedEmail.find({ ...owner, ...open }, '_id')
      .sort({ _id: 1 })
      .lean(),
    pick,
    work,
  );
}

/** Picks among acts that can be undone, now and then among all acts. */
async function onAct({ owner }: MailboxFixture, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const target = { ...owner, targetType: 'email' as const };
  const filter = pick % 5 === 0 ? target : { ...target, undoable: true, undoneAt: null };
  await onPicked(await AuditLog.find(filter, '_id').sort({ createdAt: -1 }).lean(), pick, work);
}
