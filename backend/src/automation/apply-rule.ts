import type { Types } from 'mongoose';
import { Pattern } from '../models/index.ts';
import { effectOf } from './effect.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { carryOut, lookAt } from './executor.ts';
import { AutomationPausedError } from './kill-switch.ts';
import { type Act, type ActResult, openAct, type RuleFacts } from './action-log.ts';
import type { WriteLease } from './write-lease.ts';
import { ensureStagingFolder } from './staging/staging-folder.ts';
import { type PropertyChange, isEmpty, remaining } from './message-properties.ts';
import { type MessageProperties, propertiesOf } from '../models/fields/message-properties.ts';
import { explainRuleMatch } from './audit/rule-reason.ts';

/** What applying rules needs to know beside the message. */
export interface ApplyContext {
  readonly lease: WriteLease;
  readonly archiveFolderId: string | undefined;
  /** How long mail that is to be deleted waits first, in milliseconds. */
  readonly stagingMs: number;
}

export interface Application {
  readonly rule: StoredRule;
  readonly messageId: string;
  /** The folder in which the message must still be: what its owner has moved is left alone. */
  readonly restsIn: string;
  /** The id of the act: the same for the same occasion, so that it is done once. */
  readonly actId: Types.ObjectId;
  readonly cause: { readonly cause: 'rule' } | { readonly cause: 'run'; readonly runId: string };
}

/** `left`: there was nothing to do, or it was done before. */
type Applied = ActResult | 'left';

/**
 * Does what a rule says with one message, unless its owner was there first.
 * @throws GraphError when Graph cannot do it now: the act stays open, and is settled later; LeaseLostError; the
 * signal's reason
 */
export async function applyRule(context: ApplyContext, application: Application): Promise<Applied> {
  const { lease } = context;
  const { messageId, restsIn } = application;
  const message = await lookAt(lease, messageId);
  if (message === undefined) return 'gone';
  const before = propertiesOf(message);
  if (before.folderId !== restsIn) return 'left';
  try {
    const prepared = await prepare(context, application, before);
    if (prepared === undefined) return 'left';
    const act = await openAct(prepared, new Date(lease.clock()));
    return act.openSince === undefined ? 'left' : await carryOut(lease, act, before);
  } catch (error) {
    if (error instanceof AutomationPausedError) return 'paused';
    throw error;
  }
}

/** @returns undefined when the message is as the rule wants it */
async function prepare(
  { lease, archiveFolderId, stagingMs }: ApplyContext,
  { rule, messageId, actId: id, cause }: Application,
  before: MessageProperties,
): Promise<Act | undefined> {
  const { userId, mailboxId, clock } = lease;
  const effect = effectOf(rule.actions, before, archiveFolderId);
  const wanted: PropertyChange = effect.stages
    ? { ...effect.change, folderId: await ensureStagingFolder(lease) }
    : effect.change;
  const change = remaining(wanted, before);
  if (isEmpty(change)) return undefined;
  const facts = await factsOf(rule);
  const details = { ...facts.rule, ...cause, why: facts.why, before, change };
  const key = { id, userId, mailboxId, messageId };
  if (!effect.stages) return { ...key, action: 'rule_executed', details };
  const expiresAt = new Date(clock() + stagingMs).toISOString();
  return { ...key, action: 'email_staged', details: { ...details, expiresAt } };
}

async function factsOf(rule: StoredRule): Promise<{ readonly rule: RuleFacts; readonly why: string }> {
  const { _id, name, version, sourcePatternId } = rule;
  const facts = { ruleId: _id.toHexString(), ruleName: name, ruleVersion: version };
  const pattern =
    sourcePatternId === undefined
      ? null
      : await Pattern.findById(sourcePatternId, 'confidence sampleSize exceptionCount evidence').lean();
  if (pattern === null) return { rule: facts, why: explainRuleMatch(rule) };
  const evidence = pattern.evidence.flatMap(({ messageId }) => messageId ?? []);
  return { rule: { ...facts, patternId: pattern._id.toHexString(), evidence }, why: explainRuleMatch(rule, pattern) };
}
