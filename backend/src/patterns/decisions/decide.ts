import { AppError } from '../../lib/errors.ts';
import { type IAuditLog, type IPattern, Pattern, Rule } from '../../models/index.ts';
import { followDecision } from './follow.ts';
import { dropIntent, finishDecision, type RecordedDecision, readDecision, writeIntent } from './ledger.ts';
import type { RuleDraft } from '../../rules/rule-draft.ts';
import {
  asItWasRead,
  type DecidedState,
  decidedStates,
  findPattern,
  type PatternKey,
  type StoredPattern,
  stampField,
} from '../stored-pattern.ts';
import { requireTransition } from './transition.ts';

/** What a decision is, whatever pattern it meets. */
export interface Decision {
  readonly to: DecidedState;
  /** The pattern may be in whatever state; otherwise only where one leads to the other. */
  readonly fromAnyState?: true;
  readonly action: IAuditLog['action'];
  /** For the audit log; `why` in words. */
  readonly facts: Readonly<Record<string, unknown>> & { readonly why: string };
  /** Whether the pattern already is what the owner wants: then nothing is changed. */
  readonly isDone: (pattern: StoredPattern) => boolean | Promise<boolean>;
  /** The rule to be enabled; only an approval has one. An approval without one leaves the rule its words. */
  readonly draft?: (pattern: StoredPattern) => Promise<RuleDraft>;
  /** Further fields of the pattern. */
  readonly fields?: (at: Date) => Partial<IPattern>;
}

export interface Decided {
  readonly pattern: StoredPattern;
  /** False when the pattern already was what the owner wants. */
  readonly changed: boolean;
}

const maxRounds = 10;

/**
 * Takes a decision about a pattern: the intent is written, then the pattern changes its state, then its rule follows,
 * then the intent is finished. The change of state decides; what a crash leaves undone after it is done by whoever
 * decides about the pattern next, or by `settleDecisions`.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition; 503 busy
 */
export async function decide(key: PatternKey, decision: Decision): Promise<Decided> {
  for (let round = 0; round < maxRounds; round += 1) {
    const pattern = await findPattern(key);
    await settlePattern(pattern);
    if (await decision.isDone(pattern)) return { pattern, changed: false };
    if (decision.fromAnyState !== true) requireTransition(pattern.status, decision.to);
    const changed = await change(pattern, decision);
    if (changed === undefined) continue;
    await settlePattern(changed);
    return { pattern: changed, changed: true };
  }
  throw new AppError(503, 'busy', 'Others decide about this pattern all the time: try again');
}

/** @returns undefined when somebody else was first */
async function change(pattern: StoredPattern, decision: Decision): Promise<StoredPattern | undefined> {
  const { to, action, draft, fields } = decision;
  const rule = await draft?.(pattern);
  const facts = { ...decision.facts, ...(rule === undefined ? {} : { rule }) };
  const at = await writeIntent(pattern, { action, to, facts }, Date.now());
  const $set = { ...fields?.(at), status: to, [stampField(to)]: at };
  const changed = await Pattern.findOneAndUpdate(
    asItWasRead(pattern),
    { $set },
    { returnDocument: 'after' },
  ).lean<StoredPattern>();
  if (changed !== null) return changed;
  await dropIntent(pattern, to, at);
  return undefined;
}

/**
 * Finishes the decision that a pattern's state comes from, if a crash kept it from its end. The rule of an approved
 * pattern that is missing is made again.
 */
async function settlePattern(pattern: StoredPattern): Promise<void> {
  const state = decidedStates.find((one) => one === pattern.status);
  const decision = state === undefined ? undefined : await readDecision(pattern, state);
  if (decision === undefined) return;
  const isFinished = decision.finishedAt !== undefined;
  if (isFinished && (decision.to !== 'approved' || (await hasRule(pattern)))) return;
  await settle(decision);
}

/** Brings a decision that came true to its end; what was decided after it stands. */
export async function settle(decision: RecordedDecision): Promise<void> {
  await followDecision(decision);
  if (decision.finishedAt === undefined) await finishDecision(decision);
}

async function hasRule({ _id }: StoredPattern): Promise<boolean> {
  return (await Rule.exists({ sourcePatternId: _id })) !== null;
}
