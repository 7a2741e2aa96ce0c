import { Types } from 'mongoose';
import { ItemNotFoundError } from '../../graph/errors.ts';
import { listMessages, type ListedMessage } from '../../graph/messages.ts';
import type { Page } from '../../graph/paging.ts';
import { defined } from '../../lib/defined.ts';
import { stagedFound } from '../../lib/metrics.ts';
import { AuditLog, StagedEmail } from '../../models/index.ts';
import { propertiesOf } from '../../models/fields/message-properties.ts';
import { openStagingStatuses } from '../../models/StagedEmail.ts';
import { after, exists, isIn } from '../../models/store/query-operators.ts';
import { completeAction } from '../action-effects.ts';
import { actionsOn, closeAction, type MailAction, openAction, type RuleFacts } from '../action-log.ts';
import { copyProperties } from '../message-properties.ts';
import type { WriteLease } from '../write-lease.ts';
import { settleIfDeparted } from './departed.ts';
import type { StagingAct } from './find-staged.ts';
import { readStagedOrigins, type StagedOrigin } from './staged-origin.ts';
import { readStagingContext, type StagingContext } from './staging-context.ts';
import { findStagingFolder } from './staging-folder.ts';

/** Graph gives 1,000 at most. */
const messagesAtOnce = 200;
const rowsAtOnce = 200;

interface ComparisonOptions {
  /** Milliseconds that a message waits which is found. */
  readonly stagingMs: number;
}

/**
 * Compares the staging folder of a mailbox with the rows of staged mail, in slices. A message without an open row is given
 * one; a row whose message has left the folder is settled. Writes nothing to the mailbox. Messages with an action under
 * way are left to the recovery of that action.
 */
export class StagingComparison {
  /** Messages in the folder that had no row when their page was read. */
  readonly #orphans: ListedMessage[] = [];
  readonly #stagingMs: number;
  readonly #present = new Set<string>();
  /** The page to read next: undefined for the first one, null when all are read. */
  #link: string | undefined | null;
  #lastRow: Types.ObjectId | undefined;
  /** Number of messages that were given a row. */
  found = 0;
  /** Number of rows that were settled. */
  settled = 0;

  constructor({ stagingMs }: ComparisonOptions) {
    this.#stagingMs = stagingMs;
  }

  /**
   * Does a part of the comparison.
   * @param endsAt the time to stop at, on the clock of performance.now()
   * @returns true when more is left
   * @throws GraphError; the signal's reason
   */
  async step(lease: WriteLease, endsAt: number): Promise<boolean> {
    const folderId = this.#link === null ? undefined : await findStagingFolder(lease);
    const context = await readStagingContext(lease); // after the folder's id is stored
    if (folderId === undefined) this.#link = null;
    else if (!(await this.#comparePages(context, folderId, endsAt))) return true;
    return !((await this.#compareRows(context, endsAt)) && (await this.#giveRows(context, endsAt)));
  }

  async #comparePages(context: StagingContext, folderId: string, endsAt: number): Promise<boolean> {
    while (this.#link !== null) {
      if (!(await this.#comparePage(context, folderId, endsAt))) return false;
    }
    return true;
  }

  /** @returns false when the time was up */
  async #comparePage(context: StagingContext, folderId: string, endsAt: number): Promise<boolean> {
    const { items, unreadable, nextLink } = await readPage(context.lease, folderId, this.#link ?? undefined);
    for (const { id } of [...items, ...unreadable]) if (id !== undefined) this.#present.add(id);
    this.#orphans.push(...(await withoutRow(context.lease, items)));
    this.#link = nextLink ?? null;
    return nextLink === undefined || performance.now() <= endsAt;
  }

  /**
   * Gives rows to those that still have none: a message whose id had changed has its own by now.
   * @returns false when the time was up first
   */
  async #giveRows(context: StagingContext, endsAt: number): Promise<boolean> {
    while (this.#orphans.length > 0) {
      const some = this.#orphans.slice(0, rowsAtOnce);
      const orphans = await withoutRow(context.lease, some);
      const origins = orphans.length === 0 ? new Map() : await readStagedOrigins(context, orphans.map(idOf));
      for (const message of orphans) {
        if (performance.now() > endsAt) return false;
        context.lease.signal.throwIfAborted();
        await this.#giveRow(context.lease, message, origins.get(message.id));
      }
      this.#orphans.splice(0, some.length);
    }
    return true;
  }

  async #giveRow(lease: WriteLease, message: ListedMessage, origin: StagedOrigin | undefined): Promise<void> {
    if (origin === undefined) return;
    const expiresAt = new Date(lease.clock() + this.#stagingMs);
    const action = await openAction(foundAction(lease, { message, origin, expiresAt }), new Date(lease.clock()));
    await completeAction(action);
    await closeAction(action, 'done', {});
    stagedFound.inc();
    this.found += 1;
  }

  /** @returns false when the time was up first */
  async #compareRows(context: StagingContext, endsAt: number): Promise<boolean> {
    const { mailboxId } = context.lease;
    for (;;) {
      const further = this.#lastRow === undefined ? {} : { _id: after(this.#lastRow) };
      const rows = await StagedEmail.find({ mailboxId, status: isIn(openStagingStatuses), ...further }, 'messageId')
        .sort({ _id: 1 })
        .limit(rowsAtOnce)
        .lean();
      for (const { _id, messageId } of rows) {
        if (performance.now() > endsAt) return false;
        if (!this.#present.has(messageId) && (await settleIfDeparted(context, _id))) this.settled += 1;
        this.#lastRow = _id;
      }
      if (rows.length < rowsAtOnce) return true;
    }
  }
}

/** @returns an empty page when the folder has vanished meanwhile */
async function readPage(
  { client, signal }: WriteLease,
  folderId: string,
  link: string | undefined,
): Promise<Page<ListedMessage>> {
  try {
    return await client.send(listMessages(folderId, { pageSize: messagesAtOnce, link }), { signal });
  } catch (error) {
    if (error instanceof ItemNotFoundError) return { items: [], unreadable: [] };
    throw error;
  }
}

/** Returns the messages that have neither an open row nor an action under way. */
async function withoutRow(
  { mailboxId }: WriteLease,
  messages: readonly ListedMessage[],
): Promise<readonly ListedMessage[]> {
  if (messages.length === 0) return [];
  const ids = isIn(messages.map(idOf));
  const [rows, open] = await Promise.all([
    StagedEmail.find({ mailboxId, messageId: ids, status: isIn(openStagingStatuses) }, 'messageId').lean(),
    AuditLog.find({ ...actionsOn(mailboxId), targetId: ids, openSince: exists() }, 'targetId').lean(),
  ]);
  const known = new Set([...rows.map(({ messageId }) => messageId), ...open.map(({ targetId }) => targetId)]);
  return messages.filter(({ id }) => !known.has(id));
}

interface Found {
  readonly message: ListedMessage;
  readonly origin: StagedOrigin;
  readonly expiresAt: Date;
}

function foundAction(
  { userId, mailboxId }: WriteLease,
  { message, origin: { act, folderId }, expiresAt }: Found,
): MailAction {
  const why = `It was found in the staging folder without a record, for example after a backup was restored.${nameOrigin(act)}`;
  const before = { ...copyProperties(propertiesOf(message)), folderId };
  const details = {
    ...factsOf(act),
    cause: 'found' as const,
    why,
    before,
    change: {},
    expiresAt: expiresAt.toISOString(),
  };
  return { id: new Types.ObjectId(), userId, mailboxId, messageId: message.id, action: 'email_found', details };
}

function factsOf(act: StagingAct | undefined): Partial<RuleFacts> & { readonly stagedBy?: string } {
  if (act === undefined) return {};
  const { ruleId, ruleName, ruleVersion, patternId, evidence } = act.details;
  return defined<RuleFacts & { stagedBy: string }>({
    ruleId,
    ruleName,
    ruleVersion,
    patternId,
    evidence,
    stagedBy: act.id.toHexString(),
  });
}

function nameOrigin(act: StagingAct | undefined): string {
  return act === undefined ? '' : ` The rule “${act.details.ruleName}” had staged it.`;
}

function idOf({ id }: ListedMessage): string {
  return id;
}
