import { isIn } from '../../models/store/query-operators.ts';
import type { Types } from 'mongoose';
import { type BulkOperation, bulkWrite, newRow, updateTo } from '../../models/store/bulk-write.ts';
import { Pattern } from '../../models/index.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { asItWasRead, type StoredPattern } from '../stored-pattern.ts';
import { statusAfterAnalysis } from '../detection/status-after-analysis.ts';
import { type PatternChange, changeOf, patternRow } from './pattern-row.ts';
import { isKeptFrom } from '../detection/protection.ts';
import type { ProtectionOf } from './protected-senders.ts';
import { domainOfCondition, type Findings } from './find-patterns.ts';

const rowsAtOnce = 500;
const maxAttempts = 3;

export interface Storing {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly now: Date;
  readonly findings: Findings;
  readonly protectionOf: ProtectionOf;
  /** Ids of the patterns that must not be suggested for now. */
  readonly heldBack: ReadonlySet<string>;
}

export interface Stored {
  /** Number of new patterns. */
  readonly created: number;
  /** Number of known patterns that changed. */
  readonly changed: number;
}

/**
 * Updates the Pattern rows of a mailbox to the findings. Safe to run concurrently: a unique index allows one row per key,
 * and a row is replaced only in the state in which it was read, so that a decision of the owner in between stands.
 */
export async function storeFindings(storing: Storing): Promise<Stored> {
  let created = 0;
  let changed = 0;
  let { candidates } = storing.findings;
  for (let attempt = 0; attempt < maxAttempts && (attempt === 0 || candidates.length > 0); attempt += 1) {
    const known = await readRows(storing);
    // after the first attempt only those remain that another analysis has created meanwhile
    const again = attempt === 0 ? [...known.values()] : candidates.flatMap(({ key }) => known.get(key) ?? []);
    changed += await updateKnown(storing, again);
    const fresh = candidates.filter(({ key }) => !known.has(key));
    candidates = await createRows(storing, fresh);
    created += fresh.length - candidates.length;
  }
  return { created, changed };
}

async function readRows({ userId, mailboxId }: Storing): Promise<Map<string, StoredPattern>> {
  const rows = await Pattern.find({ userId, mailboxId }).lean<StoredPattern[]>();
  return new Map(rows.map((row) => [row.key, row]));
}

/** @returns the candidates whose rows another analysis has created meanwhile */
async function createRows(storing: Storing, fresh: readonly PatternCandidate[]): Promise<PatternCandidate[]> {
  const missed: PatternCandidate[] = [];
  for (let start = 0; start < fresh.length; start += rowsAtOnce) {
    const batch = fresh.slice(start, start + rowsAtOnce);
    const operations = batch.map((candidate) => {
      const status = statusAfterAnalysis(undefined, candidate, storing.now);
      return { insertOne: { document: newRow(patternRow(storing, candidate, status)) } };
    });
    const { duplicates } = await bulkWrite(Pattern.collection, operations);
    for (const index of duplicates) missed.push(...batch.slice(index, index + 1));
  }
  return missed;
}

/** @returns the number of changed rows; a new `lastAnalyzedAt` alone is not counted */
async function updateKnown(storing: Storing, known: readonly StoredPattern[]): Promise<number> {
  const byKey = new Map(storing.findings.candidates.map((candidate) => [candidate.key, candidate]));
  const changes: BulkOperation[] = [];
  const seenAgain: Types.ObjectId[] = [];
  for (const row of known) {
    const found = byKey.get(row.key);
    const change = judgeAgain(storing, row, found);
    if (change !== undefined) changes.push({ updateOne: { filter: asItWasRead(row), update: updateTo(change) } });
    else if (found !== undefined) seenAgain.push(row._id);
  }
  let written = 0;
  for (let start = 0; start < changes.length; start += rowsAtOnce) {
    const { matched } = await bulkWrite(Pattern.collection, changes.slice(start, start + rowsAtOnce));
    written += matched;
  }
  const { userId, now } = storing;
  for (let start = 0; start < seenAgain.length; start += rowsAtOnce) {
    const _id = isIn(seenAgain.slice(start, start + rowsAtOnce));
    await Pattern.updateMany({ _id, userId }, { $set: { lastAnalyzedAt: now } });
  }
  return written;
}

/** @returns undefined when the row needs no change */
function judgeAgain(
  storing: Storing,
  row: StoredPattern,
  found: PatternCandidate | undefined,
): PatternChange | undefined {
  const { findings, now, heldBack } = storing;
  if (found === undefined && !findings.wasRead(domainOfCondition(row.condition))) {
    const mustGo = row.status === 'suggested' && isProtected(storing, row);
    return mustGo ? changeOf(row, { status: 'expired', found, now }) : undefined;
  }
  const isHeldBack = row.status === 'detected' && heldBack.has(row._id.toString());
  const status = isHeldBack ? 'detected' : statusAfterAnalysis(row, found, now);
  return changeOf(row, { status, found, now });
}

function isProtected({ protectionOf }: Storing, { suggestedAction, condition, trigger }: StoredPattern): boolean {
  if (suggestedAction?.actionType === undefined) return false;
  const protection = protectionOf({ email: condition?.senderEmail, domain: domainOfCondition(condition) });
  return isKeptFrom(protection, suggestedAction.actionType, trigger);
}
