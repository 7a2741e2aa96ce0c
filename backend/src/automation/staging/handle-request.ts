import mongoose, { type Types } from 'mongoose';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { groupBy } from '../../lib/group-by.ts';
import { Mailbox, StagedEmail } from '../../models/index.ts';
import { requireRunning } from '../kill-switch.ts';
import { concernsOneMessage } from '../graph-faults.ts';
import { letOthersIn, type WriteDeps, sliceMs, type WriteLease } from '../write-lease.ts';
import { endOpenActions } from '../recover-actions.ts';
import { noting, untilSettled } from './resolve-staged.ts';
import { executeStaged } from './execute-staged.ts';
import { forOwner, toOwnerError, workMs } from '../interactive-write.ts';
import { type Ending, rescueStaged } from './rescue-staged.ts';
import { readOpenRow, release, type StagedRow } from './staged-row.ts';
import { readStagingContext, type StagingContext } from './staging-context.ts';
import { failed, resultOf, resultOfOver, type StagingRequest, type StagingResult } from './staging-request.ts';

export interface StagingRequestDeps extends WriteDeps {
  /** Has done soon what was asked for and not done yet. */
  readonly requestMaintenance: (mailboxId: string) => Promise<void>;
}

interface Wanted {
  readonly userId: string;
  readonly ids: readonly string[];
  readonly request: StagingRequest;
}

/**
 * Does what an owner wants of their staged messages: each stands alone, and an id that comes twice counts once. A
 * rescue that was asked for holds, unless the kill switch is on: what cannot be rescued now is rescued later. An
 * execution is done now or not at all.
 * @returns a result each, in their order
 * @throws only what is nobody's fault, such as a store that is away: repeating the call then finishes it
 */
export async function handleStagingRequest(
  deps: StagingRequestDeps,
  { userId, ids, request }: Wanted,
): Promise<StagingResult[]> {
  const unique = [...new Set(ids)];
  const rows = await StagedEmail.find({ userId, _id: mongoose.trusted({ $in: unique }) }).lean<StagedRow[]>();
  const known = rows.map((row) => ({ row, result: resultOfOver(row, request) }));
  const open = known.flatMap(({ row, result }) => (result === undefined ? [row] : []));
  const groups = groupBy(open, ({ mailboxId }) => mailboxId.toHexString());
  const done = await Promise.all(
    [...groups].map(([mailboxId, group]) =>
      new StagingRequestRun(deps, mailboxId, request).of(group.map(({ _id }) => _id)),
    ),
  );
  const results = [...known.flatMap(({ result }) => result ?? []), ...done.flat()];
  const byId = new Map(results.map((result) => [result.id, result]));
  return unique.map((id) => byId.get(id) ?? failed(id, new NotFoundError('There is no such staged message')));
}

/** One request about messages of one mailbox. */
class StagingRequestRun {
  readonly #deps: StagingRequestDeps;
  readonly #mailboxId: string;
  readonly #request: StagingRequest;
  readonly #results: StagingResult[] = [];

  constructor(deps: StagingRequestDeps, mailboxId: string, request: StagingRequest) {
    this.#deps = deps;
    this.#mailboxId = mailboxId;
    this.#request = request;
  }

  async of(ids: readonly Types.ObjectId[]): Promise<StagingResult[]> {
    try {
      await this.#requireUsable(ids);
      await this.#workOff(ids);
    } catch (error) {
      const words = toOwnerError(error);
      if (words === undefined) throw error;
      this.#results.push(...this.#left(ids).map((id) => failed(id.toHexString(), words)));
      if (this.#request === 'rescue' && words.status >= 500) await this.#askForLater();
    }
    return this.#results;
  }

  /** A rescue is claimed before others have left the mailbox: what becomes due meanwhile is not executed any more. */
  async #requireUsable(ids: readonly Types.ObjectId[]): Promise<void> {
    const { _id, isConnected } = await Mailbox.findById(this.#mailboxId, 'isConnected').orFail().lean();
    if (!isConnected) {
      throw new AppError(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
    }
    await requireRunning(_id);
    if (this.#request === 'execute') return;
    const filter = { _id: mongoose.trusted({ $in: ids }), status: 'staged' as const };
    await StagedEmail.updateMany(filter, { $set: { status: 'rescuing', rescueReason: 'owner' } });
  }

  async #workOff(ids: readonly Types.ObjectId[]): Promise<void> {
    const endsAt = performance.now() + workMs;
    while (this.#left(ids).length > 0 && performance.now() < endsAt) {
      if (this.#results.length > 0) await letOthersIn();
      await forOwner(this.#deps, this.#mailboxId, (lease) => this.#slice(lease, this.#left(ids)));
    }
    const left = this.#left(ids).map((id) => id.toHexString());
    if (left.length === 0) return;
    if (this.#request === 'execute')
      throw new AppError(503, 'too_many', 'There was no time left for this one: ask again');
    await this.#askForLater();
    this.#results.push(...left.map((id) => ({ id, ok: true, status: 'rescuing' }) as const));
  }

  /** The claims are what counts: the next round finds them, too. */
  async #askForLater(): Promise<void> {
    await this.#deps.requestMaintenance(this.#mailboxId).catch(() => undefined);
  }

  #left(ids: readonly Types.ObjectId[]): readonly Types.ObjectId[] {
    return ids.slice(this.#results.length);
  }

  async #slice(lease: WriteLease, ids: readonly Types.ObjectId[]): Promise<void> {
    const endsAt = performance.now() + sliceMs;
    const context = await readStagingContext(lease);
    for (const id of ids) {
      this.#results.push(await this.#one(context, id));
      if (performance.now() > endsAt) return;
    }
  }

  /** @throws what concerns all messages of the mailbox */
  async #one(context: StagingContext, id: Types.ObjectId): Promise<StagingResult> {
    try {
      const ending = await noting(context, id, () => this.#resolveStaged(context, id));
      return await resultOf(id, this.#request, ending);
    } catch (error) {
      const words = concernsOneMessage(error) ? toOwnerError(error) : undefined;
      if (words === undefined) throw error;
      return failed(id.toHexString(), words);
    }
  }

  async #resolveStaged(context: StagingContext, id: Types.ObjectId): Promise<Ending | undefined> {
    const row = await readOpenRow(id);
    if (row !== undefined) await endOpenActions(context.lease, row.messageId);
    return untilSettled(id, async (now) => {
      if (this.#request === 'rescue') return this.#rescue(context, now);
      return now.status === 'rescuing' ? 'contested' : executeStaged(context, now, 'owner');
    });
  }

  /** A kill switch that is put on in between refuses the request, as it would have done before. */
  async #rescue(context: StagingContext, row: StagedRow): Promise<Ending> {
    const ending = await rescueStaged(context, row, 'owner');
    if (ending !== 'paused') return ending;
    const claimed = await readOpenRow(row._id);
    if (claimed?.status === 'rescuing' && claimed.rescueReason === 'owner') await release(claimed);
    return ending;
  }
}
