import { type AuditFacts, factsOf } from './facts.ts';
import { headlines, type ToldEntry } from './headlines.ts';
import type { AuditNames } from './names.ts';
import type { StoredEntry } from './queries.ts';
import { asSentence, describeChange, describeProperties, inWords } from './words.ts';
import type { ActionResult } from '../action-log.ts';

const dayMs = 24 * 60 * 60_000;

/** When an explanation is given. */
export interface ExplainTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** For how many days an action can be undone. */
  readonly undoDays: number;
}

/** Whether what an entry tells of can be taken back. */
interface UndoState {
  readonly possible: boolean;
  /** Until when it can be, or could have been; undefined for what never can. */
  readonly until: Date | undefined;
}

export interface ExplainedEntry {
  readonly entry: StoredEntry;
  readonly facts: AuditFacts;
  readonly undo: UndoState;
  /** The whole of it in sentences. */
  readonly explanation: string;
}

/** Says in words what was done, why, what was before and after, how it ended, and until when it can be undone. */
export function explainEntry(entry: StoredEntry, names: AuditNames, time: ExplainTime): ExplainedEntry {
  const facts = factsOf(entry);
  const mailboxId = entry.mailboxId?.toHexString() ?? '';
  const folderName = (folderId: string): string | undefined => names.folder(mailboxId, folderId);
  const told = { entry, facts, names, folderName };
  const undo = undoStateOf(entry, time);
  const explanation = [
    headlines[entry.action](told),
    ...(facts.why === undefined || facts.why.trim() === '' ? [] : [asSentence(facts.why.trim())]),
    ...(entry.targetType === 'email' ? describeAct(told) : []),
    ...(entry.openSince === undefined ? [] : ['This is under way.']),
    ...describeUndo(entry, undo),
  ].join(' ');
  return { entry, facts, undo, explanation };
}

function undoStateOf({ undoable, undoneAt, createdAt, openSince }: StoredEntry, { now, undoDays }: ExplainTime) {
  if (!undoable || openSince !== undefined) return { possible: false, until: undefined };
  const until = new Date(createdAt.getTime() + undoDays * dayMs);
  return { possible: undoneAt === undefined && until.getTime() > now, until };
}

/** Why it was not done, or not wholly; nothing is said of what went as intended. */
const shortcomings: Readonly<Record<ActionResult, string | undefined>> = {
  done: undefined,
  gone: 'It was not done: the message was gone.',
  overtaken: 'It was not done: the owner was faster, and the message was left as they want it.',
  paused: 'It was not done: the automation was paused.',
  failed: 'It could not be done: Microsoft refused it.',
};

function describeAct({ entry, facts, folderName }: ToldEntry): string[] {
  const { propertiesBefore, change = {}, intended = {}, result } = facts;
  const before = propertiesBefore === undefined ? undefined : describeProperties(propertiesBefore, folderName);
  const changed = describeChange(change, folderName);
  const meant = describeChange(intended, folderName);
  const shortcoming = result === undefined ? undefined : shortcomings[result];
  return [
    ...(before === undefined ? [] : [`Before, the message was ${before}.`]),
    ...(shortcoming === undefined ? [] : [shortcoming]),
    ...(meant === undefined ? [] : [`It was to be ${meant}.`]),
    ...(changed === undefined ? [] : [`It ${entry.openSince === undefined ? 'was' : 'is to be'} ${changed}.`]),
  ];
}

function describeUndo({ undoneAt }: StoredEntry, { possible, until }: UndoState): string[] {
  if (undoneAt !== undefined) return [`It was undone on ${inWords(undoneAt)}.`];
  if (until === undefined) return [];
  return [`It ${possible ? 'can be' : 'could be'} undone until ${inWords(until)}.`];
}
