import { isDeepStrictEqual } from 'node:util';
import type { TruthEntry } from '../../../emulator/ledgers/truth.ts';
import type { Evidence, WrittenAct } from './evidence.ts';
import { contains, fieldOf, inWords, partsOf } from './matching.ts';

/** Checks every invariant of the automation. @returns a description of each violation; empty when all hold */
export function brokenInvariants(evidence: Evidence): string[] {
  const invariants = {
    'no message is lost': lost,
    'every message in the staging folder has an open staging row': stranded,
    'mail stays staged only while its rule is enabled': heldBack,
    'no message is acted on twice': actedOnTwice,
    'every change by the service is in the audit log': unrecordedChanges,
    'every change in the audit log was made': recordedButNotDone,
    'nothing is written while paused': writtenWhilePaused,
    'no change by the service is attributed to the owner': mistakenForOwner,
    'no rule acts because of a change by the service': actedOnOwnDoing,
    'no act is left open': leftOpen,
    'no request is answered with a fault': ({ fixture }: Evidence) => fixture.unexpectedAnswers,
  };
  return Object.entries(invariants).flatMap(([name, violationsOf]) =>
    violationsOf(evidence).map((violation) => `${name}: ${violation}`),
  );
}

function lost({ fixture, truth, automation }: Evidence): string[] {
  const { violations, refused } = fixture.service.microsoft.privacy.report();
  const missing = [...fixture.delivered.keys()].filter((id) => fixture.person.mailbox.find(id) === undefined);
  const unseen = [...fixture.delivered.keys()].filter((id) => automation.get(id) !== 'done');
  return [
    ...missing.map((id) => `${id} is gone`),
    ...unseen.map((id) => `${id} was never evaluated by rules`),
    ...truth.filter(({ kind }) => kind === 'purge').map(inWords),
    ...[...violations, ...refused].map((breach) => JSON.stringify(breach)),
  ];
}

/** Finds messages in the staging folder without a row: they would stay there forever. */
function stranded({ fixture, staged }: Evidence): string[] {
  const folder = fixture.person.mailbox.folders.children().find(({ displayName }) => displayName === 'MSEDB Staging');
  const waiting = new Set(staged.filter(({ status }) => status === 'staged').map(({ messageId }) => messageId));
  return [...fixture.delivered.keys()].filter(
    (id) => folder !== undefined && fixture.person.mailbox.get(id).folderId === folder.id && !waiting.has(id),
  );
}

function heldBack({ staged, rulesInForce }: Evidence): string[] {
  return staged
    .filter(({ status, ruleId }) => status === 'staged' && !rulesInForce.has(String(ruleId)))
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

function unrecordedChanges({ truth, acts }: Evidence): string[] {
  const ours = truth.filter((entry) => entry.actor === 'app' && fieldOf(entry) !== undefined);
  return ours
    .filter((entry) => !actsOn(entry.item, acts).some((act) => isWritten(entry, act, truth)))
    .map((entry) => `${inWords(entry)}, beside ${JSON.stringify(actsOn(entry.item, acts))}`);
}

function actsOn(messageId: string, acts: readonly WrittenAct[]): WrittenAct[] {
  return acts.filter((act) => act.messageId === messageId);
}

/**
 * Returns whether the act was open when the change happened and records it. A change that the owner overwrote before
 * the act was closed is recorded only as intended.
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

/** Finds recorded changes that nobody, service or owner, made while the act was open. */
function recordedButNotDone({ truth, acts }: Evidence): string[] {
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
      ? [`${event.eventType} of ${event.messageId} is attributed to ${actId}, which is no act on it`]
      : [];
  });
}

function valueOf({ eventType, toFolder }: Evidence['events'][number]): string | boolean | undefined {
  if (eventType === 'read') return true;
  return eventType === 'flagged' ? 'flagged' : toFolder;
}

/** Finds acts of rules on a message where the service had moved it: rules act where it arrived or its owner put it. */
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
