import { type PartResult, sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import {
  GraphError,
  ItemNotFoundError,
  MailboxNotEnabledError,
  TokenRefusedError,
  UnreadableItemError,
} from '../../graph/errors.ts';
import { getMessage, type Message } from '../../graph/messages.ts';
import type { Clock } from '../../lib/clock.ts';
import { type ApplyReport, applyObservations } from './apply.ts';
import { followChangedIds } from './follow-changed-ids.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import { placeUnlisted } from './unlisted-folders.ts';

export interface ObserveDeps {
  readonly client: GraphClient;
  readonly mailbox: ObservedMailbox;
  readonly clock: Clock;
}

export interface ObserveReport extends Pick<ApplyReport, 'events' | 'changed'> {
  /** For each message that cannot be understood, the paths of the fields: it is skipped. */
  readonly unreadable: readonly (readonly string[])[];
}

interface ObserveOptions {
  readonly signal: AbortSignal;
  /** True: Graph may have announced it before it is there, so that some time passes before it is asked for once more. */
  readonly isAnnounced?: boolean;
}

/** The pause before an announced message that was not found is asked for once more. */
const secondLookMs = 1_000;

/** Graph runs four parts of a batch at once. */
const batchSize = 4;

/** Messages that are read before their changes are written. */
const messagesAWrite = 40;

/** Attempts to read a message that other writers keep changing. */
const maxAttempts = 5;

/**
 * Reads messages by id, in batches, and records their changes. A message that Graph does not find is recorded as gone,
 * one that cannot be understood is skipped.
 * @throws the first other GraphError, after everything readable is recorded (an error that concerns all messages ends
 * the reading at once); a retryable GraphError with code overtaken when other writers kept changing a message; the
 * signal's reason when it is aborted; what getToken throws
 */
export async function observeMessages(
  deps: ObserveDeps,
  messageIds: readonly string[],
  options: ObserveOptions,
): Promise<ObserveReport> {
  const report = { events: 0, changed: 0, unreadable: [] as (readonly string[])[] };
  const ids = [...new Set(messageIds)];
  let failure: GraphError | undefined;
  for (let start = 0; start < ids.length && !concernsAll(failure); start += messagesAWrite) {
    const some = await observeSome(deps, ids.slice(start, start + messagesAWrite), options);
    report.events += some.events;
    report.changed += some.changed;
    report.unreadable.push(...some.unreadable);
    failure = graver(failure, some.failure);
  }
  if (failure !== undefined) throw failure;
  return report;
}

/** Tells if the other messages of the mailbox would fail in the same way. */
function concernsAll(failure: GraphError | undefined): boolean {
  if (failure === undefined) return false;
  return failure.retryable || failure instanceof TokenRefusedError || failure instanceof MailboxNotEnabledError;
}

/** Picks the error to throw: one that concerns all messages, or else the first. */
function graver(first: GraphError | undefined, next: GraphError | undefined): GraphError | undefined {
  return concernsAll(next) && !concernsAll(first) ? next : (first ?? next);
}

async function observeSome(
  deps: ObserveDeps,
  messageIds: readonly string[],
  options: ObserveOptions,
): Promise<ObserveReport & { readonly failure: GraphError | undefined }> {
  const report = { events: 0, changed: 0, unreadable: [] as (readonly string[])[] };
  let failure: GraphError | undefined;
  let open = messageIds;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    if (attempt > maxAttempts) return { ...report, failure: graver(failure, overtaken()) };
    const seen = await lookTwice(deps, open, options);
    const { events, changed, stale } = await applyObservations(
      deps.mailbox,
      await placeUnlisted(deps, await followChangedIds(deps, seen.looks, options.signal), options.signal),
    );
    report.events += events;
    report.changed += changed;
    report.unreadable.push(...seen.unreadable);
    failure = graver(failure, seen.failure);
    open = stale;
  }
  return { ...report, failure };
}

interface Looks {
  readonly looks: Observation[];
  readonly unreadable: (readonly string[])[];
  readonly failure: GraphError | undefined;
}

/** Reads messages, and those that are not found once more: one answer alone may be that of a store that lags behind. */
async function lookTwice(deps: ObserveDeps, messageIds: readonly string[], options: ObserveOptions): Promise<Looks> {
  const first = await lookAt(deps, messageIds, options);
  const missed = first.looks.flatMap((look) => (look.kind === 'gone' ? [look.messageId] : []));
  if (missed.length === 0) return first;
  const present = first.looks.filter(({ kind }) => kind === 'present');
  if (concernsAll(first.failure)) return { ...first, looks: present };
  if (options.isAnnounced === true) await deps.client.limiter.wait(secondLookMs, options.signal);
  const second = await lookAt(deps, missed, options);
  return {
    looks: [...present, ...second.looks],
    unreadable: [...first.unreadable, ...second.unreadable],
    failure: graver(first.failure, second.failure),
  };
}

async function lookAt(
  { client, clock }: ObserveDeps,
  messageIds: readonly string[],
  options: ObserveOptions,
): Promise<Looks> {
  const looks: Observation[] = [];
  const unreadable: (readonly string[])[] = [];
  let failure: GraphError | undefined;
  for (let start = 0; start < messageIds.length && !concernsAll(failure); start += batchSize) {
    const ids = messageIds.slice(start, start + batchSize);
    const sentAt = clock();
    const results = await sendBatch(client, ids.map(getMessage), options);
    const answeredAt = clock();
    for (const [index, messageId] of ids.entries()) {
      const seen = observationOf(messageId, results[index], { sentAt, answeredAt });
      if (seen instanceof UnreadableItemError) unreadable.push(seen.fields);
      else if (seen instanceof GraphError) failure = graver(failure, seen);
      else if (seen !== undefined) looks.push(seen);
    }
  }
  return { looks, unreadable, failure };
}

function observationOf(
  messageId: string,
  result: PartResult<Message> | undefined,
  times: Pick<Observation, 'sentAt' | 'answeredAt'>,
): Observation | GraphError | undefined {
  if (result === undefined) return undefined;
  if (result.ok) return { kind: 'present', message: result.value, ...times };
  return result.error instanceof ItemNotFoundError ? { kind: 'gone', messageId, ...times } : result.error;
}

function overtaken(): GraphError {
  const message = 'A message kept changing while it was read: it will be read again';
  return new GraphError({ status: 0, code: 'overtaken', message, retryable: true });
}
