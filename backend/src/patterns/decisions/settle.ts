import mongoose, { type Types } from 'mongoose';
import { AuditLog, Pattern } from '../../models/index.ts';
import { settle } from './decide.ts';
import { type RecordedDecision, readDecision } from './ledger.ts';
import { decidedStates, type StoredPattern } from '../stored-pattern.ts';

/** An intent older than this is not under way any more: a request has ended by then, one way or the other. */
const underWayMs = 10 * 60_000;

interface OpenIntent {
  readonly _id: Types.ObjectId;
  readonly targetId: string;
  readonly createdAt: Date;
}

interface SettleReport {
  /** Decisions that were brought to their end. */
  readonly finished: number;
  /** Intents that never came true, and are gone. */
  readonly dropped: number;
}

/**
 * Finishes what a crash left of decisions, of all users: run at every start, before requests are taken.
 * @param now milliseconds since the epoch
 */
export async function settleDecisions(now: number): Promise<SettleReport> {
  let finished = 0;
  let dropped = 0;
  for await (const intent of openIntents()) {
    const decision = await cameTrue(intent);
    if (decision !== undefined) {
      await settle(decision);
      finished += 1;
    } else if (intent.createdAt.getTime() < now - underWayMs) {
      await AuditLog.deleteOne({ _id: intent._id });
      dropped += 1;
    }
  }
  return { finished, dropped };
}

/** The decision that an intent is, if its pattern has ever changed its state for it. */
async function cameTrue({ _id, targetId }: OpenIntent): Promise<RecordedDecision | undefined> {
  const pattern = await Pattern.findById(targetId).lean<StoredPattern>();
  if (pattern === null) return undefined;
  const decisions = await Promise.all(decidedStates.map((state) => readDecision(pattern, state)));
  return decisions.find((decision) => decision?.id.equals(_id));
}

function openIntents() {
  return AuditLog.find(
    {
      targetType: 'pattern',
      'details.by': 'owner',
      'details.finishedAt': mongoose.trusted({ $exists: false }),
    },
    'targetId createdAt',
  )
    .lean<OpenIntent>()
    .cursor();
}
