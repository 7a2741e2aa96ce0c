import { parseArgs } from 'node:util';
import type { Types } from 'mongoose';
import { toError } from '../../lib/errors.ts';
import { Mailbox } from '../../models/index.ts';
import { after } from '../../models/store/query-operators.ts';
import { vaultContext } from './token-cache.ts';
import { type TokenVault, VaultError } from './token-vault.ts';

const batchSize = 200;
/** A service at work changes one mailbox's tokens twice an hour; meeting it a few times in a row does not happen. */
const maxMeetings = 5;

export const rotationUsage = `Usage: npm run keys:rotate

Encrypts all stored tokens with the first key of ENCRYPTION_KEYS. Tokens that already have it are skipped, so the
command can be interrupted and repeated at any time, also while the service runs. First restart the service with the
new key in front: otherwise it keeps writing with the old one. Afterwards the old keys can be removed.

  --help    show this

Exit code: 0 when all tokens have the newest key, 1 when some could not be decrypted, 2 on any other failure.`;

/**
 * Reads the command line.
 * @throws Error that says what is wrong with it, and the usage
 */
export function parseRotationCommand(args: readonly string[]): { help: boolean } {
  try {
    return parseArgs({ args: [...args], options: { help: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    throw new Error(`${toError(error).message}\n\n${rotationUsage}`, { cause: error });
  }
}

type RotationOutcome = 'rotated' | 'current' | 'unreadable';

/**
 * Encrypts the tokens of all connected mailboxes with the vault's newest key. Each row is a step of its own.
 * @param print told of the progress after each batch, and of each mailbox that cannot be decrypted, by its id
 * @returns the exit code: 1 when a mailbox could not be decrypted
 */
export async function rotateKeys(vault: TokenVault, print: (line: string) => void): Promise<0 | 1> {
  const counts: Record<RotationOutcome, number> = { rotated: 0, current: 0, unreadable: 0 };
  for await (const batch of connectedMailboxes()) {
    for (const id of batch) {
      const outcome = await rotateMailbox(vault, id);
      if (outcome === 'unreadable') print(`mailbox ${id.toHexString()} cannot be decrypted with any of the keys`);
      counts[outcome] += 1;
    }
    print(`${counts.rotated} encrypted anew, ${counts.current} already current`);
  }
  if (counts.unreadable === 0) {
    print('All stored tokens have the newest key.');
    return 0;
  }
  print(`${counts.unreadable} could not be decrypted: restore their key, or connect these mailboxes again.`);
  return 1;
}

/** A mailbox that is not connected has no tokens that anybody will use. */
async function* connectedMailboxes(): AsyncGenerator<Types.ObjectId[], void, void> {
  let last: Types.ObjectId | undefined;
  for (;;) {
    const page = last && { _id: after(last) };
    const batch = await Mailbox.find({ isConnected: true, ...page }, '_id')
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    yield batch.map(({ _id }) => _id);
    if (batch.length < batchSize) return;
    last = batch.at(-1)?._id;
  }
}

/** The row is written only if nobody has written it meanwhile; then it is read again. */
async function rotateMailbox(vault: TokenVault, mailboxId: Types.ObjectId): Promise<RotationOutcome> {
  for (let meeting = 1; meeting <= maxMeetings; meeting += 1) {
    const row = await Mailbox.findOne({ _id: mailboxId, isConnected: true }, 'msalCache msalCacheVersion').lean();
    if (row?.msalCache === undefined) return 'current';
    const sealed = reseal(vault, row.msalCache, mailboxId);
    if (sealed === 'current' || sealed === 'unreadable') return sealed;
    const { matchedCount } = await Mailbox.updateOne(
      { _id: mailboxId, msalCacheVersion: row.msalCacheVersion },
      { $set: { msalCache: sealed.stored }, $inc: { msalCacheVersion: 1 } },
    );
    if (matchedCount === 1) return 'rotated';
  }
  throw new Error(`Mailbox ${mailboxId.toHexString()} is being changed concurrently: run this command again`);
}

function reseal(vault: TokenVault, stored: string, mailboxId: Types.ObjectId) {
  const context = vaultContext(mailboxId);
  try {
    const plain = vault.open(stored, context);
    return vault.needsRotation(stored) ? { stored: vault.seal(plain, context) } : 'current';
  } catch (error) {
    if (error instanceof VaultError) return 'unreadable';
    throw error;
  }
}
