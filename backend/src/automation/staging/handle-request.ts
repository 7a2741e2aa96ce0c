import type { Types } from 'mongoose';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { groupBy } from '../../lib/group-by.ts';
import { Mailbox, StagedEmail } from '../../models/index.ts';
import { requireRunning } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { letOthersIn, type WriteDeps, sliceMs, type WriteLease } from '../write-lease.ts';
import { endOpenActions } from '../recover-actions.ts';
import { retryWhileContested, withFaultRecorded } from './resolve-staged.ts';
import { executeStaged } from './execute-staged.ts';
import { forOwner, toOwnerError, workMs } from '../interactive-write.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { readOpenRow, releaseClaim, type StagedRow } from './staged-row.ts';
import { readStagingContext, type StagingContext } from './staging-context.ts';
import { failed, resultOf, resultOfOver, type StagingRequest, type StagingResult } from './staging-request.ts';
import { isIn } from '../../models/store/query-operators.ts';

export interface StagingRequestDeps extends WriteDeps {
  /** Queues a maintenance run of the mailbox, which finishes the requested rescues. */
  readonly requestMaintenance: (mailboxId: string) => Promise<void>;
}

interface RequestedMail {
  readonly userId: string;
  /** Ids of staged messages; duplicates are allowed. */
  readonly ids: readonly string[];
  readonly request: StagingRequest;
}

/**
 * Rescues or executes staged messages at their owner's request, each independently of the others. A requested rescue
 * stays requested unless the kill switch is on: one that fails now is repeated later. An execution happens now or not
 * at all.
 * @returns one result per distinct id, in request order
 * @throws errors that concern no message, such as an unavailable store; the call can be repeated
 */
export async function handleStagingRequest(
  deps: StagingRequestDeps,
  { userId, ids, request }: RequestedMail,
): Promise<StagingResult[]> {
  const unique = [...new Set(ids)];
  const rows = await StagedEmail.find({ userId, _id: isIn(unique) }).lean<StagedRow[]>();
  const known = rows.map((row) => ({ row, result: resultOfOver(row, request) }));
  const open = known.flatMap(({ row, result }) => (result === undefined ? [row] : []));
  const groups = groupBy(open, ({ mailboxId }) => mailboxId.toHexString());
  const done = await Promise.all(
    [...groups].map(([mailboxId, group]) =>
      new StagingRequestRun(deps, mailboxId, request).run(group.map(({ _id }) => _id)),
    ),
  );
  const results = [...known.flatMap(({ result }) => result ?? []), ...done.flat()];
  const byId = new Map(results.map((result) => [result.id, result]));
  return unique.map((id) => byId.get(id) ?? failed(id, new NotFoundError('There is no such staged message')));
}

/** Handles one request for the messages of one mailbox. */
class StagingRequestRun {
  readonly #deps: StagingRequestDeps;
  readonly #mailboxId: string;
  readonly #request: StagingRequest;
  /** By message id, as hexadecimal digits: the messages that have a result are done. */
  readonly #results = new Map<string, StagingResult>();

  constructor(deps: StagingRequestDeps, mailboxId: string, request: StagingRequest) {
    this.#deps = deps;
    this.#mailboxId = mailboxId;
    this.#request = request;
  }

  async run(ids: readonly Types.ObjectId[]): Promise<StagingResult[]> {
    try {
      await this.#requireUsable(ids);
      await this.#processAll(ids);
    } catch (error) {
      const reason = toOwnerError(error);
      if (reason === undefined) throw error;
      for (const id of this.#pending(ids)) this.#record(failed(id.toHexString(), reason));
      if (this.#request === 'rescue' && reason.status >= 500) await this.#requestMaintenance();
    }
    return [...this.#results.values()];
  }

  /** Claims a rescue before waiting for the write lease, so that mail that becomes due meanwhile is not executed. */
  async #requireUsable(ids: readonly Types.ObjectId[]): Promise<void> {
    const { _id, isConnected } = await Mailbox.findById(this.#mailboxId, 'isConnected').orFail().lean();
    if (!isConnected) {
      throw new AppError(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
    }
    await requireRunning(_id);
    if (this.#request === 'execute') return;
    const filter = { _id: isIn(ids), status: 'staged' as const };
    await StagedEmail.updateMany(filter, { $set: { status: 'rescuing', rescueReason: 'owner' } });
  }

  async #processAll(ids: readonly Types.ObjectId[]): Promise<void> {
    const endsAt = performance.now() + workMs;
    while (this.#pending(ids).length > 0 && performance.now() < endsAt) {
      if (this.#results.size > 0) await letOthersIn();
      await forOwner(this.#deps, this.#mailboxId, (lease) => this.#processSlice(lease, this.#pending(ids)));
    }
    const pending = this.#pending(ids);
    if (pending.length === 0) return;
    if (this.#request === 'execute') throw new AppError(503, 'timed_out', 'Not processed in time: try again');
    await this.#requestMaintenance();
    for (const id of pending) this.#record({ id: id.toHexString(), ok: true, status: 'rescuing' });
  }

  /** A failure is ignored: the claims are stored, and the next scheduled maintenance finds them. */
  async #requestMaintenance(): Promise<void> {
    await this.#deps.requestMaintenance(this.#mailboxId).catch(() => undefined);
  }

  #pending(ids: readonly Types.ObjectId[]): readonly Types.ObjectId[] {
    return ids.filter((id) => !this.#results.has(id.toHexString()));
  }

  #record(result: StagingResult): void {
    this.#results.set(result.id, result);
  }

  async #processSlice(lease: WriteLease, ids: readonly Types.ObjectId[]): Promise<void> {
    const endsAt = performance.now() + sliceMs;
    const context = await readStagingContext(lease);
    for (const id of ids) {
      this.#record(await this.#processOne(context, id));
      if (performance.now() > endsAt) return;
    }
  }

  /** @throws errors that concern more than this message */
  async #processOne(context: StagingContext, id: Types.ObjectId): Promise<StagingResult> {
    try {
      const ending = await withFaultRecorded(context, id, () => this.#resolve(context, id));
      return await resultOf(id, this.#request, ending);
    } catch (error) {
      const reason = concernsOneMessage(error) ? toOwnerError(error) : undefined;
      if (reason === undefined) throw error;
      return failed(id.toHexString(), reason);
    }
  }

  async #resolve(context: StagingContext, id: Types.ObjectId): Promise<Ending | undefined> {
    const row = await readOpenRow(id);
    if (row !== undefined) await endOpenActions(context.lease, row.messageId);
    return retryWhileContested(id, async (current) => {
      if (this.#request === 'rescue') return this.#rescue(context, current);
      return current.status === 'rescuing' ? 'contested' : executeStaged(context, current, 'owner');
    });
  }

  /** Drops the request when the kill switch was turned on meanwhile, as it would have been refused before. */
  async #rescue(context: StagingContext, row: StagedRow): Promise<Ending> {
    const ending = await rescueStaged(context, row, 'owner');
    if (ending !== 'paused') return ending;
    const claimed = await readOpenRow(row._id);
    if (claimed?.status === 'rescuing' && claimed.rescueReason === 'owner') await releaseClaim(claimed);
    return ending;
  }
}
