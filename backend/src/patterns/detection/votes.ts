import type { WellKnownKind } from '../../models/Mailbox.ts';
import type { IEmailEvent } from '../../models/index.ts';
import type { Outcome, Vote } from './outcome.ts';
import { findSweeps } from './sweeps.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Before that the owner may not have come to it. */
const undecidedMs = dayMs;
const windowMs = 90 * dayMs;

/** What of an event counts for a vote: a row of EmailEvent has it. */
export interface VoteEvent {
  readonly messageId: string;
  readonly eventType: IEmailEvent['eventType'];
  readonly timestamp: Date;
  readonly sender?: { readonly email?: string | undefined; readonly domain?: string | undefined } | undefined;
  readonly subject?: string | undefined;
  readonly subjectNormalized?: string | undefined;
  readonly receivedAt?: Date | undefined;
  readonly fromFolder?: string | undefined;
  readonly toFolder?: string | undefined;
  readonly isRead: boolean;
  readonly metadata?:
    | {
        readonly isNewsletter?: boolean | undefined;
        /** Set, whatever to: a rule or another action of ours did it. */
        readonly automatedByRule?: unknown;
        readonly automatedByAction?: unknown;
        readonly foundInPlace?: boolean | undefined;
      }
    | undefined;
}

/** What must be known of a mailbox to read votes from its events. */
export interface VoteContext {
  readonly now: Date;
  folderKindOf(folderId: string): WellKnownKind | 'staging' | undefined;
  /** Times in which changes were not seen one by one: what is dated into them does not vote. */
  readonly blindWindows: readonly { readonly from: Date; readonly to: Date }[];
  /** Whether an inbox rule of Outlook put it where it rests; asked only of what rests outside the inbox unmoved. */
  isExplainedByInboxRule?(vote: Vote): boolean;
  /** Whether messages were marked read at that moment faster than anybody reads; else tested by the events given. */
  isSweep?(at: Date): boolean;
}

type Rows = Partial<Record<'arrived' | 'placing' | 'read', VoteEvent>>;
interface Decision {
  readonly outcome: Outcome;
  readonly decidedBy: VoteEvent;
}

/**
 * Reads the votes from events of one mailbox, in any order, at most one of each message. All events of a message must be
 * given together; those of the messages of one sender are enough when `isSweep` is given. There is no vote by what our
 * own actions did, by what is dated into a blind window, by mail younger than 24 hours and by what was decided more than
 * 90 days ago. Flags and categories change nothing.
 */
export function votesOf(events: Iterable<VoteEvent>, context: VoteContext): Vote[] {
  const messages = new Map<string, Rows>();
  const readTimes: number[] = [];
  for (const event of events) {
    keepRow(messages, event);
    if (event.eventType === 'read' && !isOurs(event)) readTimes.push(event.timestamp.getTime());
  }
  const findsSweeps = findSweeps(readTimes);
  const isSweep = (at: Date): boolean => context.isSweep?.(at) ?? findsSweeps(at);
  const votes: Vote[] = [];
  for (const rows of messages.values()) {
    const vote = voteOf(rows, context, isSweep);
    if (vote !== undefined) votes.push(vote);
  }
  return votes;
}

function keepRow(messages: Map<string, Rows>, event: VoteEvent): void {
  const kind = rowKind(event.eventType);
  if (kind === undefined) return;
  const rows = messages.get(event.messageId) ?? {};
  const known = rows[kind];
  if (known === undefined || known.timestamp <= event.timestamp) rows[kind] = event;
  messages.set(event.messageId, rows);
}

function rowKind(eventType: VoteEvent['eventType']): keyof Rows | undefined {
  if (eventType === 'deleted' || eventType === 'moved') return 'placing';
  return eventType === 'arrived' || eventType === 'read' ? eventType : undefined;
}

function isOurs({ metadata }: VoteEvent): boolean {
  const { automatedByRule, automatedByAction } = metadata ?? {};
  return (automatedByRule ?? automatedByAction ?? undefined) !== undefined;
}

function voteOf(rows: Rows, context: VoteContext, isSweep: (at: Date) => boolean): Vote | undefined {
  const decision = decide(rows, context, isSweep);
  if (decision === undefined || isOurs(decision.decidedBy)) return undefined;
  const vote = describe(rows, decision);
  if (vote === undefined || !mayVote(vote, context)) return undefined;
  const isRouted = vote.placement && vote.outcome !== 'read' && vote.outcome !== 'left';
  return isRouted && context.isExplainedByInboxRule?.(vote) === true ? undefined : vote;
}

function decide(rows: Rows, context: VoteContext, isSweep: (at: Date) => boolean): Decision | undefined {
  const placing = rows.placing ?? rows.arrived;
  if (placing === undefined) return undefined;
  if (placing.eventType === 'deleted') return { outcome: 'deleted', decidedBy: placing };
  if (placing.toFolder === undefined) return undefined;

  const kind = context.folderKindOf(placing.toFolder);
  switch (kind) {
    case 'deleted':
      return { outcome: 'deleted', decidedBy: placing };
    case 'archive':
      return { outcome: 'archived', decidedBy: placing };
    case 'inbox':
      return decideInPlace(placing, rows.read, isSweep);
    case 'drafts':
    case 'outbox':
    case 'sent':
    case 'staging':
      return undefined;
    case 'junk':
    case undefined:
      return { outcome: { moved: placing.toFolder }, decidedBy: placing };
    default:
      return kind satisfies never;
  }
}

function decideInPlace(placing: VoteEvent, read: VoteEvent | undefined, isSweep: (at: Date) => boolean): Decision {
  if (read === undefined) return { outcome: placing.isRead ? 'read' : 'left', decidedBy: placing };
  return { outcome: isSweep(read.timestamp) ? 'cleared' : 'read', decidedBy: read };
}

function describe({ arrived, placing }: Rows, { outcome, decidedBy }: Decision): Vote | undefined {
  const source = arrived ?? decidedBy;
  const sender = source.sender?.email?.toLowerCase();
  if (sender === undefined) return undefined;
  const foundInPlace = arrived?.metadata?.foundInPlace === true;
  const rests = outcome === 'read' || outcome === 'left' || outcome === 'cleared' || placing !== undefined;
  return {
    messageId: source.messageId,
    outcome,
    at: decidedBy.timestamp,
    receivedAt: source.receivedAt ?? source.timestamp,
    sender,
    domain: source.sender?.domain?.toLowerCase() ?? sender.slice(sender.lastIndexOf('@') + 1),
    fromFolder: rests && !foundInPlace ? (arrived?.toFolder ?? placing?.fromFolder) : undefined,
    subject: source.subject,
    subjectNormalized: source.subjectNormalized,
    isNewsletter: source.metadata?.isNewsletter === true,
    foundInPlace,
    placement: decidedBy.eventType === 'arrived',
  };
}

function mayVote({ at, receivedAt }: Vote, { now, blindWindows }: VoteContext): boolean {
  if (now.getTime() - receivedAt.getTime() < undecidedMs || now.getTime() - at.getTime() > windowMs) return false;
  return !blindWindows.some(({ from, to }) => from <= at && at <= to);
}
