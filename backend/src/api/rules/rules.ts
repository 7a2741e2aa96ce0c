import { z } from 'zod';
import { changeRule } from '../../rules/changes/change-rule.ts';
import { createRule } from '../../rules/changes/create-rule.ts';
import { reinstateRule } from '../../patterns/decisions/reinstate.ts';
import { withdrawApproval } from '../../patterns/decisions/withdraw.ts';
import { removeRule } from '../../rules/changes/remove-rule.ts';
import { findChangeableRule, findRule, listRules, type RuleKey } from '../../rules/stored-rules.ts';
import { disableRule, enableRule } from '../../rules/changes/switch-rule.ts';
import type { Caller } from '../../http/authenticate.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { AppError } from '../../lib/errors.ts';
import { readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import type { RulePlaces } from '../../rules/places/rule-places.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { requireOwnMailbox } from '../ownership.ts';
import { announce, mountRuleAnswers } from './rules-answers.ts';
import { presentOne, presentRules } from './rules-shown.ts';
import { mountRuleOrder } from './rules-order.ts';
import { promoteMaintenance, type RulePorts } from './rules-ports.ts';
import { ruleResponse } from './rules.presenter.ts';
import { mountRuleRuns } from './rules-runs.ts';
import { mountRuleTransfer } from './rules-transfer.ts';
import { newRuleBody, newRuleOf, requireSayable, ruleChangeBody } from './rules-words.ts';
import { id, noSuchMailbox, tooSlow } from '../schemas.ts';

const tag = 'rules';
const params = z.strictObject({ ruleId: id });
const noSuchRule = problem('The caller has no such rule');
const adminsOnly = problem('admins_only for rules of the organization; csrf: the CSRF token is missing or wrong');
const unusable = problem('folder_unusable: mail cannot be moved to the folder; the message says why');
const notEnabled = problem(
  'folder_unusable: mail cannot be moved to the folder; write_access_needed: MSEDB only looks at the mailbox',
);
const busy = problem('The rule is being changed concurrently: try again');

/** Mounts the rules of a user's mailboxes and of the organization. */
export function mountRules(context: RouteContext, ports: RulePorts): void {
  mountList(context, ports);
  mountRuleTransfer(context); // before the paths with an id
  mountRuleOrder(context);
  mountOne(context);
  mountChange(context, ports);
  mountSwitch(context, ports);
  mountRuleAnswers(context, ports);
  mountRuleRuns(context, ports);
}

function mountList(context: RouteContext, ports: RulePorts): void {
  route(
    context,
    ['user', 'get', '/api/rules'],
    {
      summary: 'Rules in the order in which they are tried: those of each mailbox, then those of the organization',
      tag,
      query: z.strictObject({ mailboxId: id.optional().describe('Only the rules that apply to this mailbox') }),
      responses: {
        200: json(z.object({ items: z.array(ruleResponse) })),
        404: noSuchMailbox,
        503: tooSlow,
      },
    },
    async ({ query: { mailboxId } }, caller) => {
      await requireOwnMailbox(caller.userId, mailboxId);
      return { status: 200, body: { items: await presentRules(caller, await listRules(caller.userId, mailboxId)) } };
    },
  );
  route(
    context,
    ['user', 'post', '/api/rules'],
    {
      summary: 'Create a rule, after all others',
      tag,
      body: newRuleBody,
      responses: {
        201: json(ruleResponse, 'The rule; active immediately unless created disabled'),
        403: adminsOnly,
        404: noSuchMailbox,
        409: problem('The mailbox or the organization has too many rules; folder_unusable; write_access_needed'),
      },
    },
    async ({ body }, { userId, role }) => {
      if (body.scope === 'org' && role !== 'admin') {
        throw new AppError(403, 'admins_only', 'Only admins can create rules of the organization');
      }
      const rule = await createRule(await newRuleOf(body, userId, ports.places));
      await announce(ports, rule);
      return { status: 201, body: await presentOne({ userId, role }, rule) };
    },
  );
}

function mountOne(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/rules/{ruleId}'],
    {
      summary: 'One rule with its statistics',
      tag,
      params,
      responses: { 200: json(ruleResponse), 404: noSuchRule },
    },
    async ({ params: { ruleId } }, caller) => ({
      status: 200,
      body: await presentOne(caller, await findRule({ userId: caller.userId, ruleId })),
    }),
  );
}

function mountChange(context: RouteContext, ports: RulePorts): void {
  route(
    context,
    ['user', 'patch', '/api/rules/{ruleId}'],
    {
      summary:
        'Update a rule (partial). Mail already staged is unaffected. Other conditions or actions of a rule of the organization must be accepted anew',
      tag,
      params,
      body: ruleChangeBody,
      responses: { 200: json(ruleResponse), 403: adminsOnly, 404: noSuchRule, 409: unusable, 503: busy },
    },
    async ({ params: { ruleId }, body }, caller) => {
      const key = keyOf(caller, ruleId);
      const rule = await findChangeableRule(key);
      const { change, folderName } = await requireSayable(rule, body, ports.places);
      const changed = await changeRule(key, change, folderName);
      await announce(ports, changed);
      return { status: 200, body: await presentOne(caller, changed) };
    },
  );
  route(
    context,
    ['user', 'delete', '/api/rules/{ruleId}'],
    {
      summary: 'Delete a rule: restores the mail it has staged, withdraws the approval of its pattern',
      tag,
      params,
      responses: { 204: { description: 'Deleted' }, 403: adminsOnly, 404: noSuchRule, 503: busy },
    },
    async ({ params: { ruleId } }, caller) => {
      await promoteMaintenance(ports, await removeRule(keyOf(caller, ruleId), withdrawApproval));
      return { status: 204 };
    },
  );
}

function mountSwitch(context: RouteContext, ports: RulePorts): void {
  const responses = { 200: json(ruleResponse), 403: adminsOnly, 404: noSuchRule, 503: busy };
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/enable'],
    {
      summary: 'Enable a rule. For a suspended rule, reversals are counted anew',
      tag,
      params,
      body: z.strictObject({}),
      responses: { ...responses, 409: notEnabled },
    },
    async ({ params: { ruleId } }, caller) => {
      const key = keyOf(caller, ruleId);
      await requirePlace(await findChangeableRule(key), ports.places);
      const enabled = await enableRule(key, reinstateRule);
      await announce(ports, enabled);
      return { status: 200, body: await presentOne(caller, enabled) };
    },
  );
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/disable'],
    {
      summary: 'Disable a rule: restores the mail it has staged',
      tag,
      params,
      body: z.strictObject({}),
      responses,
    },
    async ({ params: { ruleId } }, caller) => {
      const { rule, mailboxIds } = await disableRule(keyOf(caller, ruleId));
      await promoteMaintenance(ports, mailboxIds);
      return { status: 200, body: await presentOne(caller, rule) };
    },
  );
}

function keyOf({ userId, role }: Caller, ruleId: string): RuleKey {
  return { userId, ruleId, isAdmin: role === 'admin' };
}

/** Rules of the organization are checked in each mailbox, when they act. */
async function requirePlace({ scope, userId, mailboxId, actions }: StoredRule, places: RulePlaces): Promise<void> {
  if (scope === 'org' || mailboxId === undefined) return;
  await places.require(actions, await readOwnedMailbox({ userId, mailboxId }));
}
