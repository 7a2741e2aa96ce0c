import { z } from 'zod';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { Mailbox } from '../../models/index.ts';
import { acceptRule, declineRule } from '../../rules/organization/answer-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { delayMsOf } from '../../rules/trigger.ts';
import { promoteMaintenance, type RulePorts } from './rules-ports.ts';
import { presentOne } from './rules-shown.ts';
import { ruleResponse } from './rules.presenter.ts';
import { id } from '../schemas.ts';

const tag = 'rules';
const params = z.strictObject({ ruleId: id });
const mailboxId = id.optional().describe("One of the caller's mailboxes; all of them when omitted");
const notFound = problem('The caller has no such rule or mailbox');

/** Owners are told at once in so many mailboxes; in the others by the scheduled maintenance. */
const toldAtOnce = 100;

/** Mounts the answers of owners to the rules of the organization. */
export function mountRuleAnswers(context: RouteContext, ports: RulePorts): void {
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/accept'],
    {
      summary: "Accept a rule of the organization in the caller's mailboxes: it acts there on new mail",
      tag,
      params,
      body: z.strictObject({
        mailboxId,
        version: z
          .int()
          .min(1)
          .max(Number.MAX_SAFE_INTEGER)
          .describe('The version of the rule that the caller has seen'),
      }),
      responses: {
        200: json(ruleResponse),
        404: notFound,
        409: problem('rule_changed: its conditions or actions were changed since that version; not_organizations'),
      },
    },
    async ({ params: { ruleId }, body }, caller) => {
      const rule = await acceptRule({ userId: caller.userId, ruleId, mailboxId: body.mailboxId }, body.version);
      return { status: 200, body: await presentOne(caller, rule) };
    },
  );
  route(
    context,
    ['user', 'post', '/api/rules/{ruleId}/decline'],
    {
      summary: "Decline a rule of the organization in the caller's mailboxes: restores the mail it has staged there",
      tag,
      params,
      body: z.strictObject({ mailboxId }),
      responses: {
        200: json(ruleResponse),
        404: notFound,
        409: problem('not_organizations: the rule is a rule of the caller'),
      },
    },
    async ({ params: { ruleId }, body }, caller) => {
      const key = { userId: caller.userId, ruleId, mailboxId: body.mailboxId };
      const { rule, mailboxIds } = await declineRule(key);
      await promoteMaintenance(ports, mailboxIds);
      return { status: 200, body: await presentOne(caller, rule) };
    },
  );
}

/**
 * Queues the maintenance that tells owners of a rule of the organization which is enabled, and from which on a timed rule
 * counts.
 */
export async function announce(ports: RulePorts, rule: StoredRule): Promise<void> {
  const { scope, isEnabled, mailboxId: own } = rule;
  if (!isEnabled) return;
  if (scope !== 'org') {
    if (own !== undefined && delayMsOf(rule) !== undefined) await promoteMaintenance(ports, [own]);
    return;
  }
  const mailboxes = await Mailbox.find({ isConnected: true }, '_id').limit(toldAtOnce).lean();
  await promoteMaintenance(
    ports,
    mailboxes.map(({ _id }) => _id),
  );
}
