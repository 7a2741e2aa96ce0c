import { AppError, mailboxNotFound } from '../lib/errors.ts';
import { Mailbox } from '../models/index.ts';
import { isIn } from '../models/store/query-operators.ts';
import { auditSettings, findMailbox, type MailboxKey, type VisibleMailbox } from './mailboxes.ts';

const maxEntries = 1_000;

/** Entries of the lists of protected senders; a list that is left out has none. */
export interface WhitelistEntries {
  readonly whitelistedSenders?: readonly string[] | undefined;
  readonly whitelistedDomains?: readonly string[] | undefined;
}

/**
 * Removes and then adds protected senders of a mailbox. Two changes at once lose nothing of each other.
 * @throws NotFoundError when the user has no such mailbox; AppError 409 whitelist_full
 */
export async function changeWhitelist(
  key: MailboxKey,
  { add, remove }: { readonly add: WhitelistEntries; readonly remove: WhitelistEntries },
): Promise<VisibleMailbox> {
  const { settings: before } = await findMailbox(key);
  requireRoom(before.whitelistedSenders, add.whitelistedSenders, 'whitelistedSenders');
  requireRoom(before.whitelistedDomains, add.whitelistedDomains, 'whitelistedDomains');
  const own = { userId: key.userId, _id: key.mailboxId };
  await Mailbox.updateOne(own, {
    $pull: {
      'settings.whitelistedSenders': isIn(remove.whitelistedSenders ?? []),
      'settings.whitelistedDomains': isIn(remove.whitelistedDomains ?? []),
    },
  });
  const { matchedCount } = await Mailbox.updateOne(own, {
    $addToSet: {
      'settings.whitelistedSenders': { $each: [...(add.whitelistedSenders ?? [])] },
      'settings.whitelistedDomains': { $each: [...(add.whitelistedDomains ?? [])] },
    },
  });
  if (matchedCount === 0) throw mailboxNotFound();
  const after = await findMailbox(key);
  await auditSettings(key, before, after.settings);
  return after;
}

function requireRoom(known: readonly string[], added: readonly string[] | undefined, field: string): void {
  if (new Set([...known, ...(added ?? [])]).size <= maxEntries) return;
  const message = `${field}: a list has at most ${maxEntries} entries`;
  throw new AppError(409, 'whitelist_full', message, { fields: [{ path: ['add', field], message }] });
}
