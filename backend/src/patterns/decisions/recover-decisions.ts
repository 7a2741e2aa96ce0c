import { type IAuditLog, Pattern } from '../../models/index.ts';
import { type OpenIntent, type RecoveryReport, recoverIntents, underWayMs } from '../../models/store/intent-log.ts';
import { decidedStates, type StoredPattern } from '../stored-pattern.ts';
import { completeDecision } from './decide.ts';
import { type RecordedDecision, readDecision } from './decision-log.ts';
import { isIn } from '../../models/store/query-operators.ts';

const decisions = [
  'pattern_approved',
  'pattern_rejected',
  'pattern_withdrawn',
  'pattern_reconsidered',
  'pattern_customized',
] as const satisfies readonly IAuditLog['action'][];

/**
 * Recovers the decisions, of all users, that a crash left open. Any number of processes may do it at once, beside
 * decisions that are under way. Intents of older versions have to be adopted first: see `adoptOlderDecisions`.
 * @param now milliseconds since the epoch
 */
export function recoverDecisions(now: number): Promise<RecoveryReport> {
  const action = isIn(decisions);
  return recoverIntents({ action }, { complete, dropBefore: new Date(now - underWayMs) });
}

async function complete(intent: OpenIntent): Promise<boolean> {
  const decision = await findDecision(intent);
  if (decision === undefined) return false;
  await completeDecision(decision);
  return true;
}

/** Finds the decision of an intent; undefined if its pattern has never changed its state for it. */
async function findDecision({ _id, targetId }: OpenIntent): Promise<RecordedDecision | undefined> {
  const pattern = await Pattern.findById(targetId).lean<StoredPattern>();
  if (pattern === null) return undefined;
  const found = await Promise.all(decidedStates.map((state) => readDecision(pattern, state)));
  return found.find((decision) => decision?.id.equals(_id));
}
