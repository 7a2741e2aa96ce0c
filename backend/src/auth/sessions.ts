import type { Types } from 'mongoose';
import type { Clock } from '../lib/clock.ts';
import { equalInConstantTime, hmacSha256, randomId, sha256 } from '../lib/crypto.ts';
import { defined } from '../lib/defined.ts';
import { dayMs, hourMs, minuteMs } from '../lib/durations.ts';
import { type ISession, type Role, Session, User } from '../models/index.ts';
import { signalNotifications } from '../models/store/notification-signal.ts';
import { browserFamily } from './browser-family.ts';

const longestMs = dayMs;
const idleMs = 2 * hourMs;
const csrfLabel = 'msedb csrf token';

export interface NewSession {
  /** For the browser's cookie only: 256 random bits, which are stored nowhere. */
  readonly id: string;
  /** The end of the session, however much it is used. */
  readonly endsAt: Date;
}

/** The caller, as the store knows them at this moment. */
export interface SignedIn {
  readonly userId: Types.ObjectId;
  readonly email: string;
  readonly displayName?: string;
  readonly role: Role;
  readonly endsAt: Date;
  /** The end of the session if it is not used again. */
  readonly idleEndsAt: Date;
  /** When they last proved to Microsoft who they are; undefined when that is not known. */
  readonly signedInAt?: Date;
}

/** Facts about a sign-in that its session keeps. */
export interface SessionFacts {
  readonly signedInAt?: Date | undefined;
  /** The browser's own words for itself. */
  readonly userAgent?: string | undefined;
}

/** Tells if a session belongs to an admin. It does not count as use of the session. */
export async function isAdminSession(id: string, clock: Clock = Date.now): Promise<boolean> {
  return (await findOpenSession(id, clock()))?.user.role === 'admin';
}

/** Begins a session of a user who has just proved who they are. */
export async function createSession(
  userId: Types.ObjectId,
  clock: Clock = Date.now,
  { signedInAt, userAgent }: SessionFacts = {},
): Promise<NewSession> {
  const id = randomId();
  const now = clock();
  const endsAt = new Date(now + longestMs);
  await Session.create({
    idHash: sha256(id),
    userId,
    endsAt,
    lastSeenAt: new Date(now),
    expiresAt: idleEnd(now, endsAt),
    ...defined<Pick<ISession, 'signedInAt' | 'browser'>>({ signedInAt, browser: browserFamily(userAgent) }),
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
  const idleEndsAt = await touch(session, now);
  const { email, displayName, role } = user;
  const { endsAt, signedInAt } = session;
  return defined<SignedIn>({ userId: user._id, email, displayName, role, endsAt, idleEndsAt, signedInAt });
}

/** Tells if a session is open. Asking does not count as use of the session. */
export async function isSessionOpen(id: string, clock: Clock = Date.now): Promise<boolean> {
  return (await findOpenSession(id, clock())) !== undefined;
}

async function findOpenSession(id: string, now: number) {
  const session = await Session.findOne({ idHash: sha256(id) }).lean();
  if (session === null || session.expiresAt.getTime() <= now) return undefined;
  const user = await User.findById(session.userId, 'email displayName role isActive').lean();
  return user === null || !user.isActive ? undefined : { session, user };
}

/** Ends a session at once, its open streams included. One that does not exist is ended already. */
export async function endSession(id: string): Promise<void> {
  const ended = await Session.findOneAndDelete({ idHash: sha256(id) }, { projection: 'userId' }).lean();
  if (ended !== null) signalNotifications(ended.userId.toHexString());
}

/** Ends all sessions of a user at once, their open streams included. */
export async function endAllSessions(userId: Types.ObjectId): Promise<void> {
  await Session.deleteMany({ userId });
  signalNotifications(userId.toHexString());
}

/** Returns the token that a page of this session sends with a write; another site can neither read nor guess it. */
export function csrfToken(sessionId: string): string {
  return hmacSha256(sessionId, csrfLabel);
}

/** Tells if a request that writes carries the token of its session. */
export function verifyCsrf(sessionId: string, given: string | undefined): boolean {
  return given !== undefined && equalInConstantTime(given, csrfToken(sessionId));
}

async function touch({ idHash, lastSeenAt, endsAt, expiresAt: before }: ISession, now: number): Promise<Date> {
  if (now - lastSeenAt.getTime() < minuteMs) return before;
  const expiresAt = idleEnd(now, endsAt);
  await Session.updateOne({ idHash }, { $set: { lastSeenAt: new Date(now), expiresAt } });
  return expiresAt;
}

function idleEnd(now: number, endsAt: Date): Date {
  return new Date(Math.min(now + idleMs, endsAt.getTime()));
}
