import { z } from 'zod';
import { AuditLog, Rule, StagedEmail } from '../../../src/models/index.ts';
import { actionLists, conditionLists, type RuleWords, type Scope, type Wish } from './commands.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';

/** What the service may answer to a sensible wish at a bad time. */
const sensible: ReadonlySet<number> = new Set([200, 201, 202, 204, 404, 409, 502, 503]);
const maxRules = 6;

/** Asks the service for something, as its owner does in a browser. */
export async function ask(fixture: MailboxFixture, wish: Wish): Promise<void> {
  await fixture.service.backend.ensureUp();
  switch (wish.do) {
    case 'createRule':
      if ((await Rule.countDocuments(fixture.owner)) >= maxRules) return;
      await request(fixture, ['POST', '/api/rules'], { mailboxId: fixture.mailboxId, ...wordsOf(fixture, wish) });
      return;
    case 'changeRule':
      await onRule(fixture, wish.pick, (id) => request(fixture, ['PATCH', `/api/rules/${id}`], wordsOf(fixture, wish)));
      return;
    case 'enableRule':
      await onRule(fixture, wish.pick, (id) => request(fixture, ['POST', `/api/rules/${id}/enable`], {}));
      return;
    case 'disableRule':
      await onRule(fixture, wish.pick, (id) => request(fixture, ['POST', `/api/rules/${id}/disable`], {}));
      return;
    case 'removeRule':
      await onRule(fixture, wish.pick, (id) => request(fixture, ['DELETE', `/api/rules/${id}`]));
      return;
    case 'runRule':
      await onRule(fixture, wish.pick, (id) => runRule(fixture, id));
      return;
    case 'rescue':
    case 'execute':
      await onStaged(fixture, wish.pick, (id) => request(fixture, ['POST', `/api/staging/${id}/${wish.do}`]));
      return;
    case 'undo':
      await onAct(fixture, wish.pick, (id) => request(fixture, ['POST', `/api/audit/${id}/undo`]));
      return;
    case 'sync':
      await request(fixture, ['POST', `/api/mailboxes/${fixture.mailboxId}/sync`]);
      return;
    default:
      wish satisfies never;
  }
}

/** Puts the kill switch of the mailbox or of its owner on or off. @throws when the service does not do it */
export async function setPaused(fixture: MailboxFixture, scope: Scope, automationPaused: boolean): Promise<void> {
  await fixture.service.backend.ensureUp();
  if (!automationPaused) fixture.pauses.ends(scope);
  const path = scope === 'user' ? '/api/me/preferences' : `/api/mailboxes/${fixture.mailboxId}/settings`;
  const { status, body } = await request(fixture, ['PATCH', path], { automationPaused });
  if (status !== 200) throw new Error(`The kill switch answers ${status}: ${JSON.stringify(body)}`);
  if (automationPaused) fixture.pauses.began(scope);
}

type Line = readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string];

/** @returns the answer; one that makes no sense at any time is noted as a blunder */
export async function request(fixture: MailboxFixture, [method, path]: Line, body?: object) {
  await fixture.service.forgetRequests(fixture.owner.userId.toHexString());
  const answer = await fixture.browser.write(method, path, body);
  if (!sensible.has(answer.status)) {
    fixture.blunders.push(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer;
}

function wordsOf(fixture: MailboxFixture, { conditions, actions }: RuleWords) {
  const folderId = (name: string) => fixture.folderId(name);
  return { conditions: conditionLists(folderId)[conditions], actions: actionLists(folderId)[actions] };
}

const preview = z.object({ preview: z.object({ token: z.string() }) });

async function runRule(fixture: MailboxFixture, ruleId: string): Promise<void> {
  const replayed = await request(fixture, ['POST', `/api/rules/${ruleId}/replay`], {});
  if (replayed.status !== 200) return;
  const previewToken = preview.parse(replayed.body).preview.token;
  await request(fixture, ['POST', `/api/rules/${ruleId}/run`], { previewToken });
}

type Row = { readonly _id: { toString(): string } };

async function onPicked(rows: readonly Row[], pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const row = rows[pick % rows.length];
  if (row !== undefined) await work(row._id.toString());
}

async function onRule({ owner }: MailboxFixture, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  await onPicked(await Rule.find(owner, '_id').sort({ _id: 1 }).lean(), pick, work);
}

/** Among what waits, mostly; one that is over now and then. */
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

/** Among what can be undone, mostly; any act now and then. */
async function onAct({ owner }: MailboxFixture, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const target = { ...owner, targetType: 'email' as const };
  const filter = pick % 5 === 0 ? target : { ...target, undoable: true, undoneAt: null };
  await onPicked(await AuditLog.find(filter, '_id').sort({ createdAt: -1 }).lean(), pick, work);
}
