import { dayMs } from '../../lib/durations.ts';
import { type AuditFacts, factsOf } from './facts.ts';
import { type EntryContext, headlines } from './headlines.ts';
import type { AuditNames } from './names.ts';
import type { StoredEntry } from './queries.ts';
import { asSentence, describeChange, describeProperties, formatTime } from './words.ts';
import type { ActionResult } from '../action-log.ts';

/** The time and the undo period that an explanation refers to. */
export interface ExplainTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Days for which an action can be undone. */
  readonly undoDays: number;
}

/** The state of an entry's undo period. */
interface UndoState {
  readonly possible: boolean;
  /** End of the undo period, past or future; undefined for an entry that cannot be undone. */
  readonly until: Date | undefined;
}

export interface ExplainedEntry {
  readonly entry: StoredEntry;
  readonly facts: AuditFacts;
  readonly undo: UndoState;
  /** The entry in sentences. */
  readonly explanation: string;
}

/** Explains an entry in sentences: the action, its reason, the state before and after, its result and its undo period. */
export function explainEntry(entry: StoredEntry, names: AuditNames, time: ExplainTime): ExplainedEntry {
  const facts = factsOf(entry);
  const mailboxId = entry.mailboxId?.toHexString() ?? '';
  const folderName = (folderId: string): string | undefined => names.folder(mailboxId, folderId);
  const context = { entry, facts, names, folderName };
  const undo = undoStateOf(entry, time);
  const explanation = [
    headlines[entry.action](context),
    ...(facts.why === undefined || facts.why.trim() === '' ? [] : [asSentence(facts.why.trim())]),
    ...(entry.targetType === 'email' ? describeAct(context) : []),
    ...(entry.openSince === undefined ? [] : ['This is in progress.']),
    ...describeUndo(entry, undo),
  ].join(' ');
  return { entry, facts, undo, explanation };
}

function undoStateOf({ undoable, undoneAt, createdAt, openSince }: StoredEntry, { now, undoDays }: ExplainTime) {
  if (!undoable || openSince !== undefined) return { possible: false, until: undefined };
  const until = new Date(createdAt.getTime() + undoDays * dayMs);
  return { possible: undoneAt === undefined && until.getTime() > now, until };
}

/** Explains why an act was not done, or only in part. */
const shortcomings: Readonly<Record<ActionResult, string | undefined>> = {
  done: undefined,
  gone: 'It was not done: the message no longer exists.',
  overtaken: 'It was not done: the owner had already changed the message, so it was left alone.',
  paused: 'It was not done: automation was paused.',
  failed: 'It could not be done: Microsoft refused it.',
};

function describeAct({ entry, facts, folderName }: EntryContext): string[] {
  const { propertiesBefore, change = {}, intended = {}, result } = facts;
  const before = propertiesBefore === undefined ? undefined : describeProperties(propertiesBefore, folderName);
  const changed = describeChange(change, folderName);
  const meant = describeChange(intended, folderName);
  const shortcoming = result === undefined ? undefined : shortcomings[result];
  return [
    ...(before === undefined ? [] : [`Before, the message was ${before}.`]),
    ...(shortcoming === undefined ? [] : [shortcoming]),
    ...(meant === undefined ? [] : [`It would have been ${meant}.`]),
    ...(changed === undefined ? [] : [`It ${entry.openSince === undefined ? 'was' : 'will be'} ${changed}.`]),
  ];
}

function describeUndo({ undoneAt }: StoredEntry, { possible, until }: UndoState): string[] {
  if (undoneAt !== undefined) return [`It was undone on ${formatTime(undoneAt)}.`];
  if (until === undefined) return [];
  return [`It ${possible ? 'can be' : 'could be'} undone until ${formatTime(until)}.`];
}
