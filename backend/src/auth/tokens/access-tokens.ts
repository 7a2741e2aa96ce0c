import { Types } from 'mongoose';
import pTimeout, { TimeoutError } from 'p-timeout';
import type { Clock } from '../../lib/clock.ts';
import { mailboxNotFound } from '../../lib/errors.ts';
import { unlessAborted } from '../../lib/retry.ts';
import { chosenAccess, type MailAccess } from '../../models/fields/mail-access.ts';
import { type DisconnectReason, Mailbox, User } from '../../models/index.ts';
import { GrantDeadError, MailboxPausedError, MicrosoftRefusedError, TryLaterError } from '../errors.ts';
import { followWriteConsent } from '../consent/write-loss.ts';
import { markDisconnected } from '../mailboxes/mailbox-disconnection.ts';
import type { AccessToken, Microsoft } from '../microsoft/msal.ts';
import { CacheConflictError, CachePartition } from './token-cache.ts';
import { clearRefusal, noteRefusal, type ReportRefusal } from '../sign-in/refusals.ts';
import { type TokenVault, VaultError } from './token-vault.ts';

/** Runs `work` while no other holder of `name`, in whatever process, runs its own. */
export type WithLock = <T>(name: string, ttlMs: number, work: () => Promise<T>) => Promise<T>;

export interface AccessTokenDeps {
  readonly microsoft: Microsoft;
  readonly vault: TokenVault;
  readonly withLock: WithLock;
  readonly reportRefusal: ReportRefusal;
  readonly clock: Clock;
}

export interface TokenRequest {
  /** Ask Microsoft even if the token at hand should still be good: Graph has refused it. */
  readonly forceRefresh?: boolean;
  /** Ends the waiting; a refresh under way goes on for the others who wait for it. */
  readonly signal?: AbortSignal;
}

/** A token that ends in less is not handed out: a page of Graph can take that long. */
const headroomMs = 5 * 60_000;
const workLimitMs = 20_000;
/** Longer than the work can take, so that the lock never ends before it. */
const lockTtlMs = 30_000;
const maxTries = 3;

/** A mailbox that may be used now. */
interface TokenState {
  readonly access: MailAccess;
  readonly connectedAt: number;
  readonly version: number;
  /** True while the row says that Microsoft refuses tokens. */
  readonly isRefused: boolean;
}

interface Held extends AccessToken {
  readonly access: MailAccess;
  readonly connectedAt: number;
}

/**
 * The access tokens of all mailboxes, for whoever calls Graph. Whether the mailbox is connected and its owner active
 * is read each time, so a disconnect or a deactivation holds at once, in every process.
 */
export class AccessTokens {
  readonly #deps: AccessTokenDeps;
  readonly #held = new Map<string, Held>();
  readonly #inFlight = new Map<string, Promise<string>>();

  constructor(deps: AccessTokenDeps) {
    this.#deps = deps;
  }

  /**
   * A token for Graph that lasts for at least 5 minutes.
   * @throws GrantDeadError when the person must connect the mailbox again; MailboxPausedError while its owner is
   *   deactivated; NotFoundError; TryLaterError when it may work later; the signal's reason when it is aborted
   */
  async getToken(
    mailboxId: Types.ObjectId | string,
    { forceRefresh = false, signal }: TokenRequest = {},
  ): Promise<string> {
    const id = new Types.ObjectId(mailboxId);
    const state = await readTokenState(id).catch((error: unknown) => {
      this.#held.delete(id.toHexString());
      throw error;
    });
    const held = this.#held.get(id.toHexString());
    if (!forceRefresh && held !== undefined && this.#isGood(held, state)) return held.token;
    const token = this.#shareFlight(id, state, forceRefresh);
    return signal === undefined ? token : unlessAborted(token, signal);
  }

  #isGood({ connectedAt, access, expiresAt }: Held, state: TokenState): boolean {
    const isSame = connectedAt === state.connectedAt && access === state.access;
    return isSame && expiresAt.getTime() - headroomMs > this.#deps.clock();
  }

  /** All who need a token of one mailbox wait for the same request. */
  #shareFlight(id: Types.ObjectId, state: TokenState, forceRefresh: boolean): Promise<string> {
    const key = `${id.toHexString()} ${state.connectedAt} ${state.access} ${forceRefresh}`;
    const underWay = this.#inFlight.get(key);
    if (underWay !== undefined) return underWay;
    const flight = this.#fetchLocked(id, state, forceRefresh).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, flight);
    return flight;
  }

  async #fetchLocked(id: Types.ObjectId, state: TokenState, forceRefresh: boolean): Promise<string> {
    const work = () => this.#fetch(id, state, forceRefresh);
    try {
      const { token, expiresAt } = await this.#deps.withLock(`tokens-${id.toHexString()}`, lockTtlMs, () =>
        pTimeout(work(), { milliseconds: workLimitMs }),
      );
      this.#held.set(id.toHexString(), { token, expiresAt, connectedAt: state.connectedAt, access: state.access });
      return token;
    } catch (error) {
      if (error instanceof GrantDeadError) this.#held.delete(id.toHexString());
      throw error instanceof TimeoutError ? new TryLaterError('timeout') : error;
    }
  }

  /** A change by somebody else while we were at it is no failure: the new state is read and tried. */
  async #fetch(id: Types.ObjectId, state: TokenState, forceRefresh: boolean): Promise<AccessToken> {
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const token = await this.#tryOnce(id, state, forceRefresh);
      if (token !== undefined) return token;
    }
    throw new TryLaterError('cache_conflict');
  }

  /** @returns nothing when somebody else has changed the mailbox's tokens meanwhile */
  async #tryOnce(id: Types.ObjectId, state: TokenState, forceRefresh: boolean): Promise<AccessToken | undefined> {
    let { version } = state;
    try {
      const partition = await CachePartition.open(this.#deps.vault, id);
      // Another process that held the lock before us has just renewed it.
      const renewedMeanwhile = partition.version !== version;
      version = partition.version;
      const token = await this.#deps.microsoft.acquireSilent(partition, {
        forceRefresh: (forceRefresh && !renewedMeanwhile) || state.isRefused,
        access: state.access,
      });
      if (state.isRefused) await clearRefusal(id);
      if (partition.version !== version) await followWriteConsent(id);
      return token;
    } catch (error) {
      if (error instanceof CacheConflictError) return undefined;
      const end = describeEnd(error);
      if (end === undefined) {
        if (error instanceof MicrosoftRefusedError && error.aadsts !== undefined)
          await noteRefusal(id, error, this.#deps.reportRefusal);
        throw error;
      }
      const isDisconnected = await markDisconnected({ mailboxId: id, version, ...end });
      if (!isDisconnected) return undefined;
      throw new GrantDeadError(end.code, end.aadsts);
    }
  }
}

/** Returns why only the owner of the mailbox can resolve a failure; undefined when it may pass by itself. */
function describeEnd(
  error: unknown,
): { reason: DisconnectReason; code: string; aadsts?: number | undefined } | undefined {
  if (error instanceof GrantDeadError) return { reason: 'sign_in_required', code: error.reason, aadsts: error.aadsts };
  if (error instanceof VaultError) return { reason: 'tokens_unreadable', code: error.reason };
  return undefined;
}

async function readTokenState(id: Types.ObjectId): Promise<TokenState> {
  const mailbox = await Mailbox.findById(
    id,
    'userId isConnected connectedAt msalCacheVersion disconnectReason tokenRefusal access',
  ).lean();
  if (mailbox === null) throw mailboxNotFound();
  if (!mailbox.isConnected) throw new GrantDeadError(mailbox.disconnectReason ?? 'not_connected');
  const owner = await User.findById(mailbox.userId, 'isActive').lean();
  if (owner === null || !owner.isActive) throw new MailboxPausedError();
  return {
    access: chosenAccess(mailbox),
    connectedAt: mailbox.connectedAt?.getTime() ?? 0,
    version: mailbox.msalCacheVersion,
    isRefused: mailbox.tokenRefusal !== undefined,
  };
}
