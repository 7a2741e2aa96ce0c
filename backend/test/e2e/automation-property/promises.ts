import { isDeepStrictEqual } from 'node:util';
import type { TruthEntry } from '../../../emulator/ledgers/truth.ts';
import type { Evidence, WrittenAct } from './evidence.ts';
import { contains, fieldOf, inWords, partsOf } from './matching.ts';

/** Each promise of the automation, as what is wrong with it: nothing, if it was kept. */
export function brokenPromises(evidence: Evidence): string[] {
  const promises = {
    'no message is lost': lost,
    'what waits to be deleted is known to wait': stranded,
    'what a rule has staged waits only while it is on': heldBack,
    'no message is acted on twice': actedOnTwice,
    'every change by us is in the ledger': unwrittenChanges,
    'everything in the ledger was done': undoneWords,
    'nothing is written while paused': writtenWhilePaused,
    'what we did is not taken for the owner': mistakenForOwner,
    'no rule acts because of our own doing': actedOnOwnDoing,
    'nothing is left open': leftOpen,
    'no request ends in a fault': ({ fixture }: Evidence) => fixture.blunders,
  };
  return Object.entries(promises).flatMap(([name, broken]) => broken(evidence).map((how) => `${name}: ${how}`));
}

function lost({ fixture, truth, automation }: Evidence): string[] {
  const { violations, refused } = fixture.service.microsoft.privacy.report();
  const missing = [...fixture.delivered.keys()].filter((id) => fixture.person.mailbox.find(id) === undefined);
  const unseen = [...fixture.delivered.keys()].filter((id) => automation.get(id) !== 'done');
  return [
    ...missing.map((id) => `${id} is gone`),
    ...unseen.map((id) => `rules never looked at ${id}`),
    ...truth.filter(({ kind }) => kind === 'purge').map(inWords),
    ...[...violations, ...refused].map((breach) => JSON.stringify(breach)),
  ];
}

/** A message in the staging folder of which nobody knows would stay there for ever. */
function stranded({ fixture, staged }: Evidence): string[] {
  const folder = fixture.person.mailbox.folders.children().find(({ displayName }) => displayName === 'MSEDB Staging');
  const waiting = new Set(staged.filter(({ status }) => status === 'staged').map(({ messageId }) => messageId));
  return [...fixture.delivered.keys()].filter(
    (id) => folder !== undefined && fixture.person.mailbox.get(id).folderId === folder.id && !waiting.has(id),
  );
}

function heldBack({ staged, rulesInForce }: Evidence): string[] {
  return staged
    .filter(({ status, ruleId }) => status === 'staged' && !rulesInForce.has(ruleId.toString()))
    .map((row) => JSON.stringify(row));
}

function actedOnTwice({ acts, staged }: Evidence): string[] {
  const done = acts.filter(({ action, details }) => isOfRule(action) && details.result === 'done');
  const occasions = done.map(({ messageId, details: { cause, runId } }) => `${cause} ${runId ?? ''} on ${messageId}`);
  const open = staged.filter(({ status }) => ['staged', 'executing', 'rescuing'].includes(status));
  return [
    ...repeated(occasions),
    ...repeated(open.map(({ messageId }) => `waiting: ${messageId}`)),
    ...repeated(acts.filter(({ action }) => action === 'email_staged').flatMap(({ id }) => rowsOf(id, staged))),
  ];
}

function rowsOf(actId: string, staged: Evidence['staged']): string[] {
  return staged.filter(({ auditId }) => auditId.toString() === actId).map(() => `rows of act ${actId}`);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function isOfRule(action: string): boolean {
  return action === 'rule_executed' || action === 'email_staged';
}

function unwrittenChanges({ truth, acts }: Evidence): string[] {
  const ours = truth.filter((entry) => entry.actor === 'app' && fieldOf(entry) !== undefined);
  return ours
    .filter((entry) => !actsOn(entry.item, acts).some((act) => isWritten(entry, act, truth)))
    .map((entry) => `${inWords(entry)}, beside ${JSON.stringify(actsOn(entry.item, acts))}`);
}

function actsOn(messageId: string, acts: readonly WrittenAct[]): WrittenAct[] {
  return acts.filter((act) => act.messageId === messageId);
}

/**
 * The act was there before the change, and is closed after it. What the owner has changed again before the act was
 * closed is only what it intended.
 */
function isWritten(entry: TruthEntry, { createdAt, details }: WrittenAct, truth: readonly TruthEntry[]): boolean {
  const finishedAt = details.finishedAt?.getTime() ?? 0;
  if (entry.atMs < createdAt || entry.atMs > finishedAt) return false;
  if (contains(details.change, entry)) return true;
  const isOverwritten = truth.some(
    (later) =>
      later.actor === 'person' &&
      later.item === entry.item &&
      later.sequence > entry.sequence &&
      later.atMs <= finishedAt &&
      fieldOf(later) === fieldOf(entry),
  );
  return isOverwritten && contains(details.intended, entry);
}

/** What is said to be set was set while the act was open, by us or by an owner who wanted the same. */
function undoneWords({ truth, acts }: Evidence): string[] {
  return acts.flatMap((act) => {
    const { before, change, finishedAt } = act.details;
    const during = truth.filter(
      (entry) =>
        entry.item === act.messageId && entry.atMs >= act.createdAt && entry.atMs <= (finishedAt?.getTime() ?? 0),
    );
    return partsOf(change)
      .filter(([field, value]) => !isDeepStrictEqual(before[field], value))
      .filter(([field]) => !during.some((entry) => fieldOf(entry) === field && contains(change, entry)))
      .map(([field, value]) => `${field} ${JSON.stringify(value)} of ${JSON.stringify(act)}`);
  });
}

function writtenWhilePaused({ fixture, truth }: Evidence): string[] {
  return truth
    .filter(
      ({ actor, atMs }) => actor === 'app' && fixture.pauses.all.some((one) => one.from <= atMs && atMs < one.until),
    )
    .map((entry) => `${inWords(entry)}, in ${JSON.stringify(fixture.pauses.all)}`);
}

const eventFields: Readonly<Record<string, ReturnType<typeof fieldOf>>> = {
  moved: 'folderId',
  deleted: 'folderId',
  read: 'isRead',
  flagged: 'flagStatus',
  categorized: 'categories',
};

function mistakenForOwner({ events, truth, acts }: Evidence): string[] {
  return events.flatMap((event) => {
    const field = eventFields[event.eventType];
    if (field === undefined) return [];
    const actId = event.metadata?.automatedByAction?.toString();
    const isSame = (entry: TruthEntry) =>
      entry.item === event.messageId &&
      fieldOf(entry) === field &&
      (field === 'categories' || entry.to === valueOf(event));
    if (actId === undefined) {
      const isOwners = truth.some((entry) => entry.actor === 'person' && isSame(entry));
      return isOwners ? [] : [`${event.eventType} of ${event.messageId} to ${String(valueOf(event))}`];
    }
    const act = acts.find(({ id, messageId }) => id === actId && messageId === event.messageId);
    return act === undefined
      ? [`${event.eventType} of ${event.messageId} is put down to ${actId}, which is no act`]
      : [];
  });
}

function valueOf({ eventType, toFolder }: Evidence['events'][number]): string | boolean | undefined {
  if (eventType === 'read') return true;
  return eventType === 'flagged' ? 'flagged' : toFolder;
}

/** Rules look at mail where it came in, or where its owner had put it by then: not where we have moved it. */
function actedOnOwnDoing({ fixture, truth, acts }: Evidence): string[] {
  return acts
    .filter(({ action, details }) => isOfRule(action) && details.cause === 'rule')
    .filter(({ messageId, details: { before }, createdAt }) => {
      const moves = truth.filter(
        (entry) => entry.item === messageId && fieldOf(entry) === 'folderId' && entry.atMs < createdAt,
      );
      const owners = moves.filter(({ actor }) => actor === 'person').map(({ to }) => to);
      const places = [fixture.delivered.get(messageId)?.folderId, ...owners];
      return moves.length > owners.length || before.folderId === undefined || !places.includes(before.folderId);
    })
    .map((act) => JSON.stringify(act));
}

function leftOpen({ acts }: Evidence): string[] {
  return acts.filter(({ isOpen, details }) => isOpen || details.result === undefined).map((act) => JSON.stringify(act));
}
