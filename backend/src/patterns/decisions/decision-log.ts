import { defined } from '../../lib/defined.ts';
import type { FilterQuery, Types } from 'mongoose';
import { z } from 'zod';
import { AuditLog, type IAuditLog, type IPattern } from '../../models/index.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { closeIntent, dropIntent, openIntent } from '../../models/store/intent-log.ts';
import { ruleDraft } from '../../rules/rule-draft.ts';
import { type DecidedState, decidedStates, type StoredPattern, stampField } from '../stored-pattern.ts';
import { missing } from '../../models/store/query-operators.ts';

type Numbers = Pick<IPattern, 'confidence' | 'lowerBound' | 'sampleSize' | 'exceptionCount' | 'threshold'>;

const storedDetails = z.object({
  to: z.enum(decidedStates),
  at: z.date(),
  rule: ruleDraft.exactOptional(),
  finishedAt: z.date().exactOptional(),
});

/** A decision as the audit log has it, as far as its effects need it. */
export interface RecordedDecision extends Omit<z.output<typeof storedDetails>, 'finishedAt'> {
  readonly id: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly patternId: Types.ObjectId;
  /** Pattern and rule may not be as the decision wants them yet. */
  readonly isOpen: boolean;
  /** An open intent in the form of an older version, which has no `openSince`. */
  readonly isOlder: boolean;
}

/** A decision that is not taken yet. */
export interface DecisionIntent {
  readonly action: IAuditLog['action'];
  readonly to: DecidedState;
  /** Further facts: the reason, and the rule if there is one. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Opens the intent to decide about a pattern. Pattern, state and moment make the id, so the pattern's own row tells
 * which of its intents took effect.
 * @returns the moment of the decision: `now`, or the first millisecond after it that no other intent has
 */
export async function openDecision(pattern: StoredPattern, intent: DecisionIntent, now: number): Promise<Date> {
  for (let milliseconds = now; ; milliseconds += 1) {
    const at = new Date(milliseconds);
    const { isNew } = await openIntent(rowOf(pattern, intent, at), new Date());
    if (isNew) return at;
  }
}

function rowOf(pattern: StoredPattern, { action, to, facts }: DecisionIntent, at: Date) {
  const { _id, userId, mailboxId, status, confidence, lowerBound, sampleSize, exceptionCount, threshold } = pattern;
  const numbers = defined<Numbers>({ confidence, lowerBound, sampleSize, exceptionCount, threshold });
  return {
    _id: decisionId(_id, to, at),
    userId,
    mailboxId,
    action,
    targetType: 'pattern' as const,
    targetId: _id.toString(),
    details: { by: 'owner', from: status, to, at, numbers, ...facts },
  };
}

function decisionId(patternId: Types.ObjectId, to: string, at: Date): Types.ObjectId {
  return occasionId(at, [patternId.toString(), to]);
}

/** Returns the decision that led a pattern to a state when it last got there; undefined when analysis did. */
export async function readDecision(pattern: StoredPattern, to: DecidedState): Promise<RecordedDecision | undefined> {
  const at = pattern[stampField(to)];
  if (at === undefined) return undefined;
  const row = await AuditLog.findById(decisionId(pattern._id, to, at), 'details openSince').lean();
  if (row === null) return undefined;
  const { _id: patternId, userId, mailboxId } = pattern;
  const { finishedAt, ...details } = storedDetails.parse(row.details);
  const isOlder = row.openSince === undefined && finishedAt === undefined;
  const isOpen = row.openSince !== undefined || isOlder;
  return { ...details, id: row._id, userId, mailboxId, patternId, isOpen, isOlder };
}

/** Removes an intent that did not take effect because another decision was first. */
export async function dropDecision(pattern: StoredPattern, to: DecidedState, at: Date): Promise<void> {
  await dropIntent(decisionId(pattern._id, to, at));
}

/** Notes that pattern and rule are as the decision wants them. */
export async function closeDecision({ id, isOlder }: RecordedDecision): Promise<void> {
  if (isOlder) await adoptOlderDecisions({ _id: id });
  await closeIntent(id, { 'details.finishedAt': new Date() });
}

/**
 * Gives the intents of older versions the field that says that they are open: there, only the missing `finishedAt` told.
 * @param filter which intents; all if left out
 */
export async function adoptOlderDecisions(filter: FilterQuery<IAuditLog> = {}): Promise<void> {
  const isOlder = { openSince: missing(), 'details.finishedAt': missing() };
  const older = { ...filter, targetType: 'pattern', 'details.by': 'owner', ...isOlder } as const;
  for await (const { _id, createdAt } of AuditLog.find(older, 'createdAt').lean().cursor()) {
    await AuditLog.updateOne({ _id, ...isOlder }, { $set: { openSince: createdAt } });
  }
}
