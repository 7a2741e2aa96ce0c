import type { Types } from 'mongoose';
import { z } from 'zod';
import { AuditLog, type IAuditLog } from '../../models/index.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { ruleDraft } from '../../rules/rule-draft.ts';
import { type DecidedState, decidedStates, type StoredPattern, stampField } from '../stored-pattern.ts';

const storedDetails = z.object({
  to: z.enum(decidedStates),
  at: z.date(),
  rule: ruleDraft.exactOptional(),
  finishedAt: z.date().exactOptional(),
});

/** What the audit log says of a decision, as far as its effects need it. */
export interface RecordedDecision extends z.output<typeof storedDetails> {
  readonly id: Types.ObjectId;
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly patternId: Types.ObjectId;
}

/** What is written of a decision before it takes effect. */
export interface Intent {
  readonly action: IAuditLog['action'];
  readonly to: DecidedState;
  /** Further facts: why, and which rule. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Writes down what is about to be decided about a pattern. Pattern, state and moment make the id, so the pattern's own
 * row tells which of its intents came true.
 * @returns the moment of the decision: `now`, or the first millisecond after it that no other intent has
 */
export async function writeIntent(pattern: StoredPattern, intent: Intent, now: number): Promise<Date> {
  for (let milliseconds = now; ; milliseconds += 1) {
    const at = new Date(milliseconds);
    try {
      await AuditLog.create(toRow(pattern, intent, at));
      return at;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}

function toRow(pattern: StoredPattern, { action, to, facts }: Intent, at: Date) {
  const { _id, userId, mailboxId, status, confidence, sampleSize, exceptionCount, threshold } = pattern;
  const numbers = { confidence, sampleSize, exceptionCount, ...(threshold === undefined ? {} : { threshold }) };
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
  return deterministicId(at, [patternId.toString(), to, String(at.getTime())]);
}

/** The intent that led a pattern to a state when it was led there last; undefined when analysis did. */
export async function readDecision(pattern: StoredPattern, to: DecidedState): Promise<RecordedDecision | undefined> {
  const at = pattern[stampField(to)];
  if (at === undefined) return undefined;
  const row = await AuditLog.findById(decisionId(pattern._id, to, at), 'details').lean();
  if (row === null) return undefined;
  const { _id: patternId, userId, mailboxId } = pattern;
  return { ...storedDetails.parse(row.details), id: row._id, userId, mailboxId, patternId };
}

/** Removes an intent that did not come true because another decision was first. */
export async function dropIntent(pattern: StoredPattern, to: DecidedState, at: Date): Promise<void> {
  await AuditLog.deleteOne({ _id: decisionId(pattern._id, to, at) });
}

/** Notes that pattern and rule are as the decision wants them. */
export async function finishDecision({ id }: RecordedDecision): Promise<void> {
  await AuditLog.updateOne({ _id: id }, { $set: { 'details.finishedAt': new Date() } });
}
