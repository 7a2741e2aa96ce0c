import type { Types } from 'mongoose';
import type { Clock } from '../lib/clock.ts';
import { equalInConstantTime, hmacSha256, randomId, sha256 } from '../lib/crypto.ts';
import { defined } from '../lib/defined.ts';
import { dayMs, hourMs, minuteMs } from '../lib/durations.ts';
import { type ISession, type Role, Session, User } from '../models/index.ts';

const longestMs = dayMs;
const idleMs = 2 * hourMs;
const csrfLabel = 'msedb csrf token';

export interface NewSession {
  /** For the browser's cookie only: 256 random bits, which are stored nowhere. */
  readonly id: string;
  /** When it ends however much it is used. */
  readonly endsAt: Date;
}

/** Who is calling, as the store knows them at this moment. */
export interface SignedIn {
  readonly userId: Types.ObjectId;
  readonly email: string;
  readonly displayName?: string;
  readonly role: Role;
  readonly endsAt: Date;
}

/** Whether a session is an admin's. It is only looked at: its idle time goes on. */
export async function isAdminSession(id: string, clock: Clock = Date.now): Promise<boolean> {
  return (await findOpenSession(id, clock()))?.user.role === 'admin';
}

/** Begins a session of a user who has just proved who they are. */
export async function createSession(userId: Types.ObjectId, clock: Clock = Date.now): Promise<NewSession> {
  const id = randomId();
  const now = clock();
  const endsAt = new Date(now + longestMs);
  await Session.create({
    idHash: sha256(id),
    userId,
    endsAt,
    lastSeenAt: new Date(now),
    expiresAt: idleEnd(now, endsAt),
  });
  return { id, endsAt };
}

/**
 * Who a session belongs to, with the role of now. Its idle time begins anew, which is written at most once a minute.
 * @returns nothing when it has ended, or its user is deactivated or gone: then nobody is signed in
 */
export async function readSession(id: string, clock: Clock = Date.now): Promise<SignedIn | undefined> {
  const now = clock();
  const found = await findOpenSession(id, now);
  if (found === undefined) return undefined;
  const { session, user } = found;
  await touch(session, now);
  const { email, displayName, role } = user;
  return defined<SignedIn>({ userId: user._id, email, displayName, role, endsAt: session.endsAt });
}

/** Whether a session goes on; to ask does not keep it alive. */
export async function isSessionOpen(id: string, clock: Clock = Date.now): Promise<boolean> {
  return (await findOpenSession(id, clock())) !== undefined;
}

async function findOpenSession(id: string, now: number) {
  const session = await Session.findOne({ idHash: sha256(id) }).lean();
  if (session === null || session.expiresAt.getTime() <= now) return undefined;
  const user = await User.findById(session.userId, 'email displayName role isActive').lean();
  return user === null || !user.isActive ? undefined : { session, user };
}

/** Ends a session at once. One that does not exist is ended already. */
export async function endSession(id: string): Promise<void> {
  await Session.deleteOne({ idHash: sha256(id) });
}

/** Ends all sessions of a user at once. */
export async function endAllSessions(userId: Types.ObjectId): Promise<void> {
  await Session.deleteMany({ userId });
}

/** What a page of this session sends along with a write; another site can neither read nor guess it. */
export function csrfToken(sessionId: string): string {
  return hmacSha256(sessionId, csrfLabel);
}

/** Whether a request that writes carries its session's token. */
export function verifyCsrf(sessionId: string, given: string | undefined): boolean {
  return given !== undefined && equalInConstantTime(given, csrfToken(sessionId));
}

async function touch({ idHash, lastSeenAt, endsAt }: ISession, now: number): Promise<void> {
  if (now - lastSeenAt.getTime() < minuteMs) return;
  await Session.updateOne({ idHash }, { $set: { lastSeenAt: new Date(now), expiresAt: idleEnd(now, endsAt) } });
}

function idleEnd(now: number, endsAt: Date): Date {
  return new Date(Math.min(now + idleMs, endsAt.getTime()));
}
