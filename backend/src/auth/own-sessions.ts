import { Types } from 'mongoose';
import type { Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/crypto.ts';
import { NotFoundError } from '../lib/errors.ts';
import { type ISession, Session } from '../models/index.ts';
import { signalNotifications } from '../models/store/notification-signal.ts';
import { after, isNot } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';

/** A session as its user sees it. `_id` opens nothing: only the id in the browser's cookie does. */
export type OwnSession = Pick<ISession, 'createdAt' | 'lastSeenAt' | 'endsAt' | 'expiresAt' | 'browser'> & {
  readonly _id: Types.ObjectId;
  readonly isCurrent: boolean;
};

const maxShown = 200;

/** Returns the open sessions of a user, the last used first. @param currentId the session that asks; @throws AppError 503 too_much */
export async function listOwnSessions(
  userId: string,
  currentId: string,
  clock: Clock = Date.now,
): Promise<OwnSession[]> {
  const query = Session.find({ userId, expiresAt: after(new Date(clock())) })
    .sort({ lastSeenAt: -1, _id: -1 })
    .limit(maxShown)
    .maxTimeMS(queryTimeoutMs)
    .lean();
  const rows = await withQueryTimeout(query.exec());
  const currentHash = sha256(currentId);
  return rows.map(({ idHash, ...row }) => ({ ...row, isCurrent: idHash === currentHash }));
}

/** Ends one session of a user, its open streams included. @throws NotFoundError when they have no such session */
export async function endOwnSession(userId: string, _id: string): Promise<void> {
  const { deletedCount } = await Session.deleteOne({ userId, _id: new Types.ObjectId(_id) });
  if (deletedCount === 0) throw new NotFoundError('There is no such session, or it has ended');
  signalNotifications(userId);
}

/** Ends all sessions of a user but the one that asks. @returns how many have ended */
export async function endOtherSessions(userId: string, currentId: string): Promise<number> {
  const { deletedCount } = await Session.deleteMany({ userId, idHash: isNot(sha256(currentId)) });
  signalNotifications(userId);
  return deletedCount;
}
