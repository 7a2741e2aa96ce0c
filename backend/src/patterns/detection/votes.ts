import { canonicalAddress, domainOf } from '../../lib/canonical-address.ts';
import { dayMs } from '../../lib/durations.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import type { RecordedKind } from '../../models/fields/folder-kinds.ts';
import type { WellKnownKind } from '../../models/Mailbox.ts';
import type { IEmailEvent } from '../../models/index.ts';
import type { VoteOutcome, Vote } from './outcome.ts';
import { type BurstOf, findBursts } from './bursts.ts';
import { type Opened, openedFirst } from './opened.ts';

/**
 * What a burst put away after this time says nothing about mail that arrives: retention policies, Sweep and AutoArchive
 * act on mail of some age (one week is the shortest of Exchange's default tags), and so does a clean-up.
 */
const oldMs = 7 * dayMs;

/** Younger mail does not vote: the owner may not have seen it yet. */
export const undecidedMs = dayMs;

/** The fields of an EmailEvent row that a vote needs. */
export interface VoteEvent {
  readonly messageId: string;
  readonly eventType: IEmailEvent['eventType'];
  readonly timestamp: Date;
  readonly sender?:
    | { readonly name?: string | undefined; readonly email?: string | undefined; readonly domain?: string | undefined }
    | undefined;
  readonly subject?: string | undefined;
  readonly subjectNormalized?: string | undefined;
  readonly receivedAt?: Date | undefined;
  readonly fromFolder?: string | undefined;
  readonly toFolder?: string | undefined;
  /** The kinds that the folders had then; missing in older rows. */
  readonly fromFolderKind?: RecordedKind | undefined;
  readonly toFolderKind?: RecordedKind | undefined;
  readonly isRead: boolean;
  /** How often it happened; once when missing. */
  readonly occurrences?: number | undefined;
  readonly metadata?:
    | {
        readonly isNewsletter?: boolean | undefined;
        readonly isAutomated?: boolean | undefined;
        readonly listId?: string | undefined;
        /** Set when a rule or another action of ours did it. */
        readonly automatedByRule?: unknown;
        readonly automatedByAction?: unknown;
        readonly recognized?: boolean | undefined;
        readonly foundInPlace?: boolean | undefined;
        readonly isMeeting?: boolean | undefined;
      }
    | undefined;
}

/** Facts about a mailbox that votes depend on beside its events. */
export interface VoteContext {
  readonly now: Date;
  folderKindOf(folderId: string): WellKnownKind | 'staging' | undefined;
  /** Periods in which changes were not seen one by one: events dated into them do not vote. */
  readonly blindWindows: readonly { readonly from: Date; readonly to: Date }[];
  /** Tells whether an inbox rule of Outlook explains the folder; asked only for mail found outside the inbox. */
  isExplainedByInboxRule?(vote: Vote): boolean;
  /** Tells the burst of an act; when left out, bursts are found in the given events. */
  readonly burstOf?: BurstOf;
}

type Rows = Partial<Record<'arrived' | 'placing' | 'disappeared' | 'read' | 'meeting', VoteEvent>>;
interface DecidedOutcome {
  readonly outcome: VoteOutcome;
  readonly decidedBy: VoteEvent;
}

/**
 * Derives votes from the events of one mailbox, in any order, at most one per message. All events of a message must be
 * given together; the events of one sender suffice when `burstOf` is given. No vote comes from our own actions, events
 * in a blind window, invitations to meetings, mail younger than 24 hours, or outcomes older than the retention of events.
 * Flags and categories are ignored. A folder counts as what it was when the event happened.
 */
export function votesOf(events: Iterable<VoteEvent>, context: VoteContext): Vote[] {
  const messages = new Map<string, Rows>();
  const acts: VoteEvent[] = [];
  for (const event of events) {
    keepRow(messages, event);
    if (isOwnersAct(event)) acts.push(event);
  }
  const burstOf = context.burstOf ?? findBursts(acts);
  const votes: Vote[] = [];
  for (const rows of messages.values()) {
    const vote = voteOf(rows, context, burstOf);
    if (vote !== undefined) votes.push(vote);
  }
  return votes;
}

function keepRow(messages: Map<string, Rows>, event: VoteEvent): void {
  const kind = rowKind(event.eventType);
  const rows = messages.get(event.messageId) ?? {};
  if (event.metadata?.isMeeting === true) rows.meeting = event;
  if (kind === undefined) return;
  const known = rows[kind];
  if (known === undefined || known.timestamp <= event.timestamp) rows[kind] = event;
  messages.set(event.messageId, rows);
}

function rowKind(eventType: VoteEvent['eventType']): keyof Rows | undefined {
  if (eventType === 'deleted' || eventType === 'moved') return 'placing';
  return eventType === 'arrived' || eventType === 'read' || eventType === 'disappeared' ? eventType : undefined;
}

function isOwnersAct(event: VoteEvent): boolean {
  const kind = rowKind(event.eventType);
  return (kind === 'placing' || kind === 'read') && !isOurs(event) && event.metadata?.isMeeting !== true;
}

function isOurs({ metadata }: VoteEvent): boolean {
  const { automatedByRule, automatedByAction, recognized } = metadata ?? {};
  return recognized === true || (automatedByRule ?? automatedByAction ?? undefined) !== undefined;
}

function voteOf(rows: Rows, context: VoteContext, burstOf: BurstOf): Vote | undefined {
  if (rows.meeting !== undefined) return undefined;
  const decision = outcomeOf(rows, context, burstOf);
  if (decision === undefined || isOurs(decision.decidedBy)) return undefined;
  const vote = describe(rows, decision, burstOf);
  if (vote === undefined || !mayVote(vote, context)) return undefined;
  const isSwept = vote.burst !== undefined && vote.outcome !== 'cleared';
  if (isSwept && vote.at.getTime() - vote.receivedAt.getTime() >= oldMs) return undefined;
  const isRouted = vote.placement && vote.outcome !== 'read' && vote.outcome !== 'left';
  return isRouted && context.isExplainedByInboxRule?.(vote) === true ? undefined : vote;
}

function outcomeOf(rows: Rows, context: VoteContext, burstOf: BurstOf): DecidedOutcome | undefined {
  const placing = rows.placing ?? rows.arrived;
  if (placing === undefined) return undefined;
  // what is simply gone was not left where it arrived, and nobody is known to have deleted it
  if (rows.placing === undefined && rows.disappeared !== undefined) return undefined;
  if (isCleanUp(placing)) return undefined;
  if (placing.eventType === 'deleted') return { outcome: 'deleted', decidedBy: placing };
  if (placing.toFolder === undefined) return undefined;

  const kind = placing.toFolderKind ?? context.folderKindOf(placing.toFolder);
  switch (kind) {
    case 'deleted':
    case 'recoverable':
      return { outcome: 'deleted', decidedBy: placing };
    case 'archive':
      return { outcome: 'archived', decidedBy: placing };
    case 'inbox':
      return outcomeInPlace(placing, rows.read, burstOf);
    case 'drafts':
    case 'outbox':
    case 'sent':
    case 'staging':
      return undefined;
    case 'junk':
      // the filter of the mail server puts mail there, and no event tells it from the owner
      return placing.eventType === 'arrived' ? undefined : { outcome: { moved: placing.toFolder }, decidedBy: placing };
    case 'hidden':
    case 'ordinary':
    case undefined:
      return { outcome: { moved: placing.toFolder }, decidedBy: placing };
    default:
      return kind satisfies never;
  }
}

/** Filed mail that skips Deleted Items: its folder was emptied, or deleted for good with all that it held (no kind). */
function isCleanUp({ eventType, fromFolderKind: from, toFolderKind }: VoteEvent): boolean {
  return eventType === 'deleted' && toFolderKind === 'recoverable' && from !== 'inbox';
}

function outcomeInPlace(placing: VoteEvent, read: VoteEvent | undefined, burstOf: BurstOf): DecidedOutcome {
  if (read === undefined) return { outcome: placing.isRead ? 'read' : 'left', decidedBy: placing };
  return { outcome: burstOf(read) !== undefined ? 'cleared' : 'read', decidedBy: read };
}

function openedOf({ arrived, placing, read }: Rows, outcome: VoteOutcome, burstOf: BurstOf): Opened {
  if (outcome === 'read') return 'yes';
  if (outcome === 'left' || outcome === 'cleared') return 'no';
  const byOwner = read === undefined || isOurs(read) ? undefined : read;
  const isSwept = byOwner !== undefined && burstOf(byOwner) !== undefined;
  return openedFirst({ arrived, placing, read: byOwner, isSwept });
}

function describe(rows: Rows, { outcome, decidedBy }: DecidedOutcome, burstOf: BurstOf): Vote | undefined {
  const { arrived, placing } = rows;
  const source = arrived ?? decidedBy;
  const sender = canonicalAddress(source.sender?.email ?? '');
  if (sender === '') return undefined;
  const foundInPlace = arrived?.metadata?.foundInPlace === true;
  const rests = outcome === 'read' || outcome === 'left' || outcome === 'cleared' || placing !== undefined;
  return {
    messageId: source.messageId,
    outcome,
    opened: openedOf(rows, outcome, burstOf),
    at: decidedBy.timestamp,
    receivedAt: source.receivedAt ?? source.timestamp,
    sender,
    senderName: source.sender?.name,
    domain: domainOf(sender) ?? '',
    fromFolder: rests && !foundInPlace ? (arrived?.toFolder ?? placing?.fromFolder) : undefined,
    subject: source.subject,
    subjectNormalized: source.subjectNormalized,
    isNewsletter: source.metadata?.isNewsletter === true,
    isAutomated: source.metadata?.isAutomated,
    listId: source.metadata?.listId,
    foundInPlace,
    placement: decidedBy.eventType === 'arrived',
    burst: isOwnersAct(decidedBy) ? burstOf(decidedBy) : undefined,
  };
}

function mayVote({ at, receivedAt }: Vote, { now, blindWindows }: VoteContext): boolean {
  if (now.getTime() - receivedAt.getTime() < undecidedMs || now.getTime() - at.getTime() > eventRetentionMs)
    return false;
  return !blindWindows.some(({ from, to }) => from <= at && at <= to);
}
