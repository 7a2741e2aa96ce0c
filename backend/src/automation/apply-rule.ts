import type { Types } from 'mongoose';
import { hourMs } from '../lib/durations.ts';
import { Mailbox, Pattern, Rule } from '../models/index.ts';
import { actsIn, answerOf, standingBy } from '../rules/organization/acceptance.ts';
import { formatTime } from './audit/words.ts';
import { effectOf } from './effect.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { carryOut } from './executor.ts';
import { lookAt } from './find-message.ts';
import { isHeldError } from './kill-switch.ts';
import { type MailAction, type ActionResult, openAction, type RuleFacts } from './action-log.ts';
import type { WriteLease } from './write-lease.ts';
import { ensureStagingFolder } from './staging/staging-folder.ts';
import { type PropertyChange, isEmpty, remaining } from './message-properties.ts';
import { type MessageProperties, propertiesOf } from '../models/fields/message-properties.ts';
import { type PlacedRule, placeRule } from './places/rule-target.ts';
import { resumeRule, suspendForPlace } from './places/suspend-rule.ts';
import { explainRuleMatch } from './audit/rule-reason.ts';

/** The facts that rules are applied with, the same for many messages. */
export interface ApplyContext {
  readonly lease: WriteLease;
  /** Ids of the rules that are suspended because of their folder. */
  readonly suspended: ReadonlySet<string>;
  /** Milliseconds that mail is staged before it is deleted. */
  readonly stagingMs: number;
}

export interface Application {
  readonly rule: StoredRule;
  readonly messageId: string;
  /** Id of the folder in which the message must still be: mail that its owner has moved is left alone. */
  readonly restsIn: string;
  /** Id of the action, derived from its occasion, so that it is done once. */
  readonly actionId: Types.ObjectId;
  /** Tells, by its properties right now, if the message is still to be acted on; it is if left out. */
  readonly holds?: (now: MessageProperties) => boolean;
  readonly cause: { readonly cause: 'rule' } | { readonly cause: 'run'; readonly runId: string };
}

/** `left`: nothing was to be done, or it was done before. `suspended`: mail cannot be moved to the folder of the rule. */
type Applied = ActionResult | 'left' | 'suspended';

/**
 * Applies a rule to one message, unless its owner has moved it. If mail cannot be moved to the folder of the rule,
 * nothing at all is done to the message, and the rule is suspended. It is not applied later on its own: what waited for
 * weeks would move when nobody expects it. Its owner can run the rule on existing mail when the folder is back.
 * @throws GraphError when Graph cannot do it now: the action stays open, and is recovered later; LeaseLostError; the
 * signal's reason
 */
export async function applyRule(context: ApplyContext, application: Application): Promise<Applied> {
  const { lease } = context;
  const { restsIn } = application;
  const message = await lookAt(lease, application.messageId);
  if (message === undefined) return 'gone';
  const before = propertiesOf(message);
  if (before.folderId !== restsIn || application.holds?.(before) === false) return 'left';
  const placed = await placeOrSuspend(context, application.rule);
  if (placed === undefined) return 'suspended';
  try {
    const prepared = await prepare(context, { ...application, ...placed, messageId: message.id }, before);
    if (prepared === undefined) return 'left';
    const action = await openAction(prepared, new Date(lease.clock()));
    if (action.openSince === undefined) return 'left';
    const result = await carryOut(lease, action, before);
    // the folder was deleted between the look at it and the move
    if (result === 'failed' && (await placeOrSuspend(context, application.rule)) === undefined) return 'suspended';
    return result;
  } catch (error) {
    if (isHeldError(error)) return 'paused';
    throw error;
  }
}

type Placed = Extract<PlacedRule, { readonly ok: true }>;

/** Looks at the folder of a rule; suspends the rule, or lets it go on. @returns undefined for a suspended rule */
async function placeOrSuspend({ lease, suspended }: ApplyContext, rule: StoredRule): Promise<Placed | undefined> {
  const placed = await placeRule(lease, rule);
  if (!placed.ok) {
    await suspendForPlace(lease, rule, placed.fault);
    return undefined;
  }
  if (suspended.has(rule._id.toHexString())) await resumeRule(lease, rule);
  return placed;
}

/** @returns undefined if the message is already as the rule wants it */
async function prepare(
  { lease, stagingMs }: ApplyContext,
  { rule, messageId, actionId: id, cause, archiveFolderId }: Application & Placed,
  before: MessageProperties,
): Promise<MailAction | undefined> {
  const { userId, mailboxId, clock } = lease;
  const effect = effectOf(rule.actions, before, archiveFolderId);
  const wanted: PropertyChange = effect.stages
    ? { ...effect.change, folderId: await ensureStagingFolder(lease) }
    : effect.change;
  const change = remaining(wanted, before);
  if (isEmpty(change)) return undefined;
  const facts = rule.scope === 'org' ? await organizationFacts(rule, mailboxId) : await factsOf(rule);
  if (facts === undefined) return undefined;
  const details = { ...facts.rule, ...cause, why: facts.why, before, change };
  const key = { id, userId, mailboxId, messageId };
  if (!effect.stages) return { ...key, action: 'rule_executed', details };
  const waitMs = Math.max(stagingMs, (rule.stagingHours ?? 0) * hourMs);
  const expiresAt = new Date(clock() + waitMs).toISOString();
  return { ...key, action: 'email_staged', details: { ...details, expiresAt } };
}

interface WhyOfRule {
  readonly rule: RuleFacts;
  readonly why: string;
}

/**
 * Reads anew what the owner of the mailbox has answered, and what the rule is now.
 * @returns undefined if the owner has declined the rule meanwhile, or it was changed and must be accepted anew
 */
async function organizationFacts(rule: StoredRule, mailboxId: Types.ObjectId): Promise<WhyOfRule | undefined> {
  const [inForce, mailbox] = await Promise.all([
    Rule.findById(rule._id, 'scope actions definitionVersion').lean(),
    Mailbox.findById(mailboxId, 'ruleAnswers').lean(),
  ]);
  if (inForce === null || mailbox === null || ![rule, inForce].every((one) => actsIn(one, mailbox))) return undefined;
  const answer = answerOf(rule, mailbox);
  const isAccepted = standingBy(rule, answer) === 'accepted';
  const accepted = isAccepted && answer !== undefined ? { acceptedAt: answer.at.toISOString() } : {};
  const how =
    isAccepted && answer !== undefined
      ? `The owner of the mailbox accepted it on ${formatTime(answer.at)}.`
      : 'It moves nothing, and so acts until the owner of the mailbox declines it.';
  return { rule: { ...ruleFactsOf(rule), scope: 'org', ...accepted }, why: `${explainRuleMatch(rule)} ${how}` };
}

function ruleFactsOf({ _id, name, version }: StoredRule): RuleFacts {
  return { ruleId: _id.toHexString(), ruleName: name, ruleVersion: version };
}

async function factsOf(rule: StoredRule): Promise<WhyOfRule> {
  const { sourcePatternId } = rule;
  const facts = ruleFactsOf(rule);
  const pattern =
    sourcePatternId === undefined
      ? null
      : await Pattern.findById(sourcePatternId, 'confidence sampleSize exceptionCount evidence').lean();
  if (pattern === null) return { rule: facts, why: explainRuleMatch(rule) };
  const evidence = pattern.evidence.flatMap(({ messageId }) => messageId ?? []);
  return { rule: { ...facts, patternId: pattern._id.toHexString(), evidence }, why: explainRuleMatch(rule, pattern) };
}
