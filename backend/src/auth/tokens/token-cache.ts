import type { ICachePlugin, TokenCacheContext } from '@azure/msal-node';
import type { Types } from 'mongoose';
import { z } from 'zod';
import { Mailbox } from '../../models/index.ts';
import { GrantDeadError } from '../errors.ts';
import type { TokenVault } from './token-vault.ts';

/** A cache that is re-encrypted again and again while one refresh is written does not exist. */
const maxWrites = 5;

/** Somebody else has changed the cache meanwhile: what was to be written comes from an older grant. */
export class CacheConflictError extends Error {
  constructor() {
    super('The token cache of the mailbox was changed concurrently');
    this.name = 'CacheConflictError';
  }
}

/** Returns the context that the vault binds the tokens of a mailbox to. */
export function vaultContext(mailboxId: Types.ObjectId): string {
  return `mailbox:${mailboxId.toHexString()}`;
}

/** The fields that keep a cache in its row. */
export function sealedCache(vault: TokenVault, mailboxId: Types.ObjectId, serialized: string) {
  const newest = newestAccessToken(serialized);
  return {
    msalCache: vault.seal(serialized, vaultContext(mailboxId)),
    ...(newest && {
      'encryptedTokens.expiresAt': newest.expiresAt,
      grantedScopes: newest.scopes,
      scopesAt: newest.givenAt,
    }),
  };
}

/**
 * MSAL's cache of one mailbox, as it was when it was opened. What MSAL changes is written back under the version it
 * was read at, and only while the mailbox is connected.
 */
export class CachePartition implements ICachePlugin {
  readonly #vault: TokenVault;
  readonly #mailboxId: Types.ObjectId;
  #serialized: string;
  #version: number;

  /**
   * Reads and decrypts the cache.
   * @throws GrantDeadError when the mailbox is not connected or has no cache; VaultError when it does not decrypt
   */
  static async open(vault: TokenVault, mailboxId: Types.ObjectId): Promise<CachePartition> {
    const { msalCache, msalCacheVersion } = await readRow(mailboxId);
    return new CachePartition(vault, mailboxId, {
      serialized: vault.open(msalCache, vaultContext(mailboxId)),
      version: msalCacheVersion,
    });
  }

  private constructor(
    vault: TokenVault,
    mailboxId: Types.ObjectId,
    { serialized, version }: { serialized: string; version: number },
  ) {
    this.#vault = vault;
    this.#mailboxId = mailboxId;
    this.#serialized = serialized;
    this.#version = version;
  }

  get version(): number {
    return this.#version;
  }

  async beforeCacheAccess(context: TokenCacheContext): Promise<void> {
    context.tokenCache.deserialize(this.#serialized);
  }

  /** @throws CacheConflictError */
  async afterCacheAccess(context: TokenCacheContext): Promise<void> {
    if (context.cacheHasChanged) await this.#write(context.tokenCache.serialize());
  }

  async #write(serialized: string): Promise<void> {
    for (let write = 1; write <= maxWrites; write += 1) {
      const { matchedCount } = await Mailbox.updateOne(
        { _id: this.#mailboxId, isConnected: true, msalCacheVersion: this.#version },
        { $set: sealedCache(this.#vault, this.#mailboxId, serialized), $inc: { msalCacheVersion: 1 } },
      );
      if (matchedCount === 1) {
        this.#serialized = serialized;
        this.#version += 1;
        return;
      }
      await this.#acceptReEncryption();
    }
    throw new CacheConflictError();
  }

  /** A key rotation changes the version but not the content: then what Microsoft just gave must not be lost. */
  async #acceptReEncryption(): Promise<void> {
    const { msalCache, msalCacheVersion } = await readRow(this.#mailboxId);
    const content = this.#vault.open(msalCache, vaultContext(this.#mailboxId));
    if (content !== this.#serialized) throw new CacheConflictError();
    this.#version = msalCacheVersion;
  }
}

async function readRow(mailboxId: Types.ObjectId): Promise<{ msalCache: string; msalCacheVersion: number }> {
  const row = await Mailbox.findById(mailboxId, 'isConnected msalCache msalCacheVersion').lean();
  if (row === null || !row.isConnected) throw new GrantDeadError('not_connected');
  if (row.msalCache === undefined) throw new GrantDeadError('no_tokens_found');
  return { msalCache: row.msalCache, msalCacheVersion: row.msalCacheVersion };
}

const accessTokensSchema = z.object({
  AccessToken: z
    .record(
      z.string(),
      z.object({
        expires_on: z.coerce.number(),
        cached_at: z.coerce.number().optional(),
        target: z.string().default(''),
      }),
    )
    .optional(),
});

interface NewestToken {
  readonly expiresAt: Date;
  readonly givenAt: Date;
  /** As Microsoft wrote them. */
  readonly scopes: string[];
}

/** Returns the access token in a serialized cache that ends last. MSAL stores seconds. */
function newestAccessToken(serialized: string): NewestToken | undefined {
  const { AccessToken: tokens = {} } = accessTokensSchema.parse(JSON.parse(serialized));
  const newest = Object.values(tokens).reduce<(typeof tokens)[string] | undefined>(
    (last, token) => (last !== undefined && last.expires_on >= token.expires_on ? last : token),
    undefined,
  );
  if (newest === undefined) return undefined;
  const givenAt = newest.cached_at === undefined ? new Date() : new Date(newest.cached_at * 1_000);
  const scopes = newest.target.split(' ').filter((scope) => scope !== '');
  return { expiresAt: new Date(newest.expires_on * 1_000), givenAt, scopes };
}
