import { AppError } from '../../lib/errors.ts';
import { type IAuditLog, type IPattern, Pattern, type PatternStatus, Rule } from '../../models/index.ts';
import { followDecision } from './follow.ts';
import { closeDecision, dropDecision, openDecision, type RecordedDecision, readDecision } from './decision-log.ts';
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

/** The states that each state can lead to. */
const nextStates: Readonly<Record<PatternStatus, readonly PatternStatus[]>> = {
  detected: ['suggested', 'expired'],
  suggested: ['detected', 'approved', 'rejected', 'expired'],
  approved: ['suggested', 'detected'],
  rejected: ['detected', 'suggested'],
  expired: ['detected', 'suggested'],
};

/** A decision, independent of the pattern it is about. */
export interface Decision {
  readonly to: DecidedState;
  /** The states in which the decision makes sense; if left out, all that lead to `to`. */
  readonly from?: readonly PatternStatus[];
  /** The pattern may be in any state; if left out, only in one that leads to `to`. */
  readonly fromAnyState?: true;
  readonly action: IAuditLog['action'];
  /** Facts for the audit log; `why` is a sentence. */
  readonly facts: Readonly<Record<string, unknown>> & { readonly why: string };
  /** Tells that the pattern already is what the owner wants: then nothing is changed. */
  readonly isDone: (pattern: StoredPattern) => boolean | Promise<boolean>;
  /** Returns the rule to enable, for an approval; an approval without it leaves the rule as it is defined. */
  readonly draft?: (pattern: StoredPattern) => Promise<RuleDraft>;
  /** Further fields of the pattern. */
  readonly fields?: (at: Date) => Partial<IPattern>;
  /** Fields of the pattern to remove. */
  readonly without?: readonly (keyof IPattern)[];
}

export interface Decided {
  readonly pattern: StoredPattern;
  /** False when the pattern already was what the owner wants. */
  readonly changed: boolean;
}

const maxAttempts = 10;

/**
 * Decides about a pattern: opens the intent, changes the state of the pattern, makes its rule follow, and closes the
 * intent. The change of state is what counts; what a crash leaves undone after it is completed by the next decision
 * about the pattern, or by `recoverDecisions`.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition; 503 busy
 */
export async function decide(key: PatternKey, decision: Decision): Promise<Decided> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const pattern = await findPattern(key);
    await completeLastDecision(pattern);
    if (await decision.isDone(pattern)) return { pattern, changed: false };
    if (decision.fromAnyState !== true) requireTransition(pattern.status, decision);
    const changed = await change(pattern, decision);
    if (changed === undefined) continue;
    await completeLastDecision(changed);
    return { pattern: changed, changed: true };
  }
  throw new AppError(503, 'busy', 'This pattern is being changed concurrently: try again');
}

/** @throws AppError 409 illegal_transition, with the states that are possible instead */
function requireTransition(from: PatternStatus, { to, from: meant }: Decision): void {
  const isPossible = nextStates[from].includes(to) || (from === 'rejected' && to === 'rejected');
  if (isPossible && meant?.includes(from) !== false) return;
  if (meant !== undefined) {
    const message = `A pattern that is ${from} cannot be changed so: only one that is ${meant.join(' or ')} can`;
    throw new AppError(409, 'illegal_transition', message);
  }
  const possible = nextStates[from].join(', ');
  throw new AppError(
    409,
    'illegal_transition',
    `A pattern that is ${from} cannot become ${to}; from ${from} it can become: ${possible}`,
  );
}

/** @returns undefined if another decision was first */
async function change(pattern: StoredPattern, decision: Decision): Promise<StoredPattern | undefined> {
  const { to, action, draft, fields, without = [] } = decision;
  const rule = await draft?.(pattern);
  const facts = { ...decision.facts, ...(rule === undefined ? {} : { rule }) };
  const at = await openDecision(pattern, { action, to, facts }, Date.now());
  const $set = { ...fields?.(at), status: to, [stampField(to)]: at };
  const changed = await Pattern.findOneAndUpdate(
    asItWasRead(pattern),
    { $set, $unset: Object.fromEntries(without.map((field) => [field, 1])) },
    { returnDocument: 'after' },
  ).lean<StoredPattern>();
  if (changed !== null) return changed;
  await dropDecision(pattern, to, at);
  return undefined;
}

/**
 * Completes the decision that a pattern's state comes from, if a crash left it open. Creates the rule of an approved
 * pattern again if it is missing.
 */
async function completeLastDecision(pattern: StoredPattern): Promise<void> {
  const state = decidedStates.find((one) => one === pattern.status);
  const decision = state === undefined ? undefined : await readDecision(pattern, state);
  if (decision === undefined) return;
  if (!decision.isOpen && (decision.to !== 'approved' || (await hasRule(pattern)))) return;
  await completeDecision(decision);
}

/** Completes a decision that took effect, and closes it; later decisions stand. */
export async function completeDecision(decision: RecordedDecision): Promise<void> {
  await followDecision(decision);
  if (decision.isOpen) await closeDecision(decision);
}

async function hasRule({ _id }: StoredPattern): Promise<boolean> {
  return (await Rule.exists({ sourcePatternId: _id })) !== null;
}
