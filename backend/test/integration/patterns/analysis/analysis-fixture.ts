import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { type IEmailEvent, EmailEvent, type IMailbox, type IUser, Mailbox } from '../../../../src/models/index.ts';
import { folderKindFinder } from '../../../../src/models/fields/folder-kinds.ts';
import {
  type AnalysisDeps,
  type AnalysisOptions,
  analyzeMailbox,
} from '../../../../src/patterns/analysis/analyze-mailbox.ts';
import type { HabitsReading, OwnerHabits } from '../../../../src/models/fields/owner-habits.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import type { Owner } from '../../../factories/owner.ts';
import { nextNumber } from '../../../factories/sequence.ts';
import { buildUser } from '../../../factories/user.ts';

export const now = Date.now();
/** @param days before now, when mail arrived; half an hour off, so that no limit is hit by accident */
export const daysAgo = (days: number): Date => new Date(now - days * dayMs - hourMs / 2);

const folders = [
  { id: 'inbox-id', displayName: 'Inbox', kind: 'inbox' as const },
  { id: 'archive-id', displayName: 'Archive', kind: 'archive' as const },
  { id: 'deleted-id', displayName: 'Deleted Items', kind: 'deleted' as const },
  { id: 'reading-id', displayName: 'Reading' },
  { id: 'other-id', displayName: 'Other' },
];

interface MailboxFields {
  readonly mailbox?: Partial<IMailbox>;
  readonly user?: Partial<IUser>;
}

/** A connected mailbox with folders. */
export async function buildWatchedMailbox({ mailbox, user }: MailboxFields = {}): Promise<Owner> {
  const { _id: userId } = await buildUser(user);
  const { _id: mailboxId } = await buildMailbox({ userId, folders, ...mailbox });
  return { userId, mailboxId };
}

/** What the owner did with a message, and to which folder it went. */
type Doing = 'deleted' | 'archived' | 'left' | { readonly moved: string };

export interface Mail {
  readonly from: string;
  readonly at: Date;
  readonly doing: Doing;
  readonly messageId?: string;
  /** Fields of each of the events. */
  readonly fields?: Partial<IEmailEvent>;
}

/** Stores what observation would have recorded of these messages: that they came, and what was done with them. */
export async function recordMail(owner: Owner, mails: readonly Mail[]): Promise<void> {
  await EmailEvent.insertMany(mails.flatMap((mail) => eventsOf(owner, mail)));
}

function eventsOf(
  owner: Owner,
  { from, at, doing, messageId = `message-${nextNumber()}`, fields }: Mail,
): Partial<IEmailEvent>[] {
  const sender = { email: from, domain: from.slice(from.indexOf('@') + 1) };
  const common = { ...owner, messageId, sender, receivedAt: at, ...fields };
  const arrived = { ...common, eventType: 'arrived' as const, timestamp: at, toFolder: 'inbox-id' };
  if (doing === 'left') return [arrived];
  const timestamp = new Date(at.getTime() + hourMs / 4);
  if (doing === 'deleted') {
    return [arrived, { ...common, eventType: 'deleted' as const, timestamp, toFolder: 'deleted-id' }];
  }
  const toFolder = doing === 'archived' ? 'archive-id' : doing.moved;
  return [arrived, { ...common, eventType: 'moved' as const, timestamp, fromFolder: 'inbox-id', toFolder }];
}

interface Habit {
  readonly from: string;
  readonly doing: Doing;
  readonly times: number;
  /** Of the newest; the others came before it, half a day apart. */
  readonly newestDaysAgo?: number;
}

/** So many messages of one sender, all treated alike. */
export function habit({ from, doing, times, newestDaysAgo = 2 }: Habit): Mail[] {
  return Array.from({ length: times }, (_, n) => ({ from, doing, at: daysAgo(newestDaysAgo + n / 2) }));
}

/** Old mail of which nothing is to be learned: enough history for patterns. */
export function history(): Mail[] {
  return [{ from: 'someone@elsewhere.example', doing: 'left', at: daysAgo(40) }];
}

interface Analysis extends Partial<AnalysisOptions> {
  /** When it is, in milliseconds since the epoch; the same for all of a file otherwise. */
  readonly at?: number;
  readonly habits?: Partial<OwnerHabits>;
  readonly deps?: Partial<AnalysisDeps>;
}

/** Analyzes a mailbox whose owner's habits are as told. */
export function analyze(mailboxId: Owner['mailboxId'], { at = now, habits = {}, deps, ...options }: Analysis = {}) {
  const reading: HabitsReading = {
    outcome: 'read',
    habits: { correspondents: new Set(), inboxRules: [], ...habits },
  };
  const all = {
    clock: () => at,
    halfLifeDays: 365,
    folderKindsOf: folderKindFinder,
    readHabits: async () => reading,
    ...deps,
  };
  return analyzeMailbox(all, mailboxId.toString(), { signal: new AbortController().signal, ...options });
}

export function mailboxRow({ mailboxId }: Owner) {
  return Mailbox.findById(mailboxId).lean().orFail();
}
