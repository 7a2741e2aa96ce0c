import { z } from 'zod';
import { AuditLog, Rule, StagedEmail } from '../../../src/models/index.ts';
import { actionLists, conditionLists, type RuleWords, type Scope, type Wish } from './commands.ts';
import type { Scene } from './scene.ts';

/** What the service may answer to a sensible wish at a bad time. */
const sensible: ReadonlySet<number> = new Set([200, 201, 202, 204, 404, 409, 502, 503]);
const maxRules = 6;

/** Asks the service for something, as its owner does in a browser. */
export async function ask(scene: Scene, wish: Wish): Promise<void> {
  await scene.stage.backend.ensureUp();
  switch (wish.do) {
    case 'createRule':
      if ((await Rule.countDocuments(scene.owner)) >= maxRules) return;
      await request(scene, ['POST', '/api/rules'], { mailboxId: scene.mailboxId, ...wordsOf(scene, wish) });
      return;
    case 'changeRule':
      await onRule(scene, wish.pick, (id) => request(scene, ['PATCH', `/api/rules/${id}`], wordsOf(scene, wish)));
      return;
    case 'enableRule':
      await onRule(scene, wish.pick, (id) => request(scene, ['POST', `/api/rules/${id}/enable`], {}));
      return;
    case 'disableRule':
      await onRule(scene, wish.pick, (id) => request(scene, ['POST', `/api/rules/${id}/disable`], {}));
      return;
    case 'removeRule':
      await onRule(scene, wish.pick, (id) => request(scene, ['DELETE', `/api/rules/${id}`]));
      return;
    case 'runRule':
      await onRule(scene, wish.pick, (id) => runRule(scene, id));
      return;
    case 'rescue':
    case 'execute':
      await onStaged(scene, wish.pick, (id) => request(scene, ['POST', `/api/staging/${id}/${wish.do}`]));
      return;
    case 'undo':
      await onAct(scene, wish.pick, (id) => request(scene, ['POST', `/api/audit/${id}/undo`]));
      return;
    case 'sync':
      await request(scene, ['POST', `/api/mailboxes/${scene.mailboxId}/sync`]);
      return;
    default:
      wish satisfies never;
  }
}

/** Puts the kill switch of the mailbox or of its owner on or off. @throws when the service does not do it */
export async function setPaused(scene: Scene, scope: Scope, automationPaused: boolean): Promise<void> {
  await scene.stage.backend.ensureUp();
  if (!automationPaused) scene.pauses.ends(scope);
  const path = scope === 'user' ? '/api/me/preferences' : `/api/mailboxes/${scene.mailboxId}/settings`;
  const { status, body } = await request(scene, ['PATCH', path], { automationPaused });
  if (status !== 200) throw new Error(`The kill switch answers ${status}: ${JSON.stringify(body)}`);
  if (automationPaused) scene.pauses.began(scope);
}

type Line = readonly [method: 'POST' | 'PATCH' | 'DELETE', path: string];

/** @returns the answer; one that makes no sense at any time is noted as a blunder */
export async function request(scene: Scene, [method, path]: Line, body?: object) {
  await scene.stage.forgetRequests(scene.owner.userId.toHexString());
  const answer = await scene.browser.write(method, path, body);
  if (!sensible.has(answer.status)) {
    scene.blunders.push(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer;
}

function wordsOf(scene: Scene, { conditions, actions }: RuleWords) {
  const folderId = (name: string) => scene.folderId(name);
  return { conditions: conditionLists(folderId)[conditions], actions: actionLists(folderId)[actions] };
}

const preview = z.object({ preview: z.object({ token: z.string() }) });

async function runRule(scene: Scene, ruleId: string): Promise<void> {
  const replayed = await request(scene, ['POST', `/api/rules/${ruleId}/replay`], {});
  if (replayed.status !== 200) return;
  const previewToken = preview.parse(replayed.body).preview.token;
  await request(scene, ['POST', `/api/rules/${ruleId}/run`], { previewToken });
}

type Row = { readonly _id: { toString(): string } };

async function onPicked(rows: readonly Row[], pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const row = rows[pick % rows.length];
  if (row !== undefined) await work(row._id.toString());
}

async function onRule({ owner }: Scene, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  await onPicked(await Rule.find(owner, '_id').sort({ _id: 1 }).lean(), pick, work);
}

/** Among what waits, mostly; one that is over now and then. */
async function onStaged({ owner }: Scene, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
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
async function onAct({ owner }: Scene, pick: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const target = { ...owner, targetType: 'email' as const };
  const filter = pick % 5 === 0 ? target : { ...target, undoable: true, undoneAt: null };
  await onPicked(await AuditLog.find(filter, '_id').sort({ createdAt: -1 }).lean(), pick, work);
}
