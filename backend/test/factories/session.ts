import type { HydratedDocument } from 'mongoose';
import { hourMs } from '../../src/lib/durations.ts';
import { type ISession, Session } from '../../src/models/index.ts';
import { nextNumber } from './sequence.ts';
import { buildUser } from './user.ts';

/** Stores a session that is open, and its user unless one is given. */
export async function buildSession(fields: Partial<ISession> = {}): Promise<HydratedDocument<ISession>> {
  const userId = fields.userId ?? (await buildUser())._id;
  const inAnHour = new Date(Date.now() + hourMs);
  const times = { lastSeenAt: new Date(), endsAt: inAnHour, expiresAt: inAnHour };
  return Session.create({ userId, idHash: `hash-${nextNumber()}`, ...times, ...fields });
}
