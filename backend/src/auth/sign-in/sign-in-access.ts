import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import type { MailAccess } from '../../models/fields/mail-access.ts';
import { type ILoginState, Mailbox } from '../../models/index.ts';
import { type AccessPorts, actAgain, lookOnly } from '../consent/mail-access.ts';
import type { Grant } from '../mailboxes/mailbox-connection.ts';
import { findMailboxOf } from '../mailboxes/mailbox-identity.ts';
import type { MailAccessPolicy } from '../consent/permissions.ts';
import type { TokenVault } from '../tokens/token-vault.ts';

export interface AccessDeps {
  readonly vault: TokenVault;
  /** What mailboxes are connected for; `act` when it is left out. */
  readonly mailAccess?: MailAccessPolicy | undefined;
  readonly access: AccessPorts;
}

/** What a sign-in asks Microsoft for. */
interface AskedAccess {
  readonly access: MailAccess;
  /** True when the person has named it; otherwise it is the default, and changes no mailbox that is known. */
  readonly isAccessChosen: boolean;
}

/** Returns what a sign-in asks for. @throws AppError 403 look_only */
export function askedAccess(
  { mailAccess = 'act' }: AccessDeps,
  { access, isLookRemembered = false }: { readonly access?: MailAccess; readonly isLookRemembered?: boolean },
): AskedAccess {
  if (mailAccess === 'look-only' && access === 'act') {
    const message = 'This installation only looks at mail and changes none: its operator has set that (MAIL_ACCESS)';
    throw new AppError(403, 'look_only', message);
  }
  const usual = mailAccess === 'act' && !isLookRemembered ? 'act' : 'look';
  return { access: access ?? usual, isAccessChosen: access !== undefined };
}

/**
 * Tells if a sign-in asked for looking only because this browser remembers somebody who looks, and the person who came is
 * another, or lets MSEDB act by now: then Microsoft must be asked for what is usual.
 */
export async function wasLookRemembered(deps: AccessDeps, { userId, login, grant }: ComingBack): Promise<boolean> {
  const isUsual = login.access !== 'look' || login.isAccessChosen === true || (deps.mailAccess ?? 'act') !== 'act';
  if (isUsual || grant.account.isGuest) return false;
  const mailboxId = await findMailboxOf(deps.vault, userId, grant.account);
  return mailboxId === undefined || !(await isLooking(mailboxId));
}

/** Tells if the owner of a mailbox has chosen that MSEDB only looks at it. */
export async function isLooking(mailboxId: Types.ObjectId): Promise<boolean> {
  return (await Mailbox.exists({ _id: mailboxId, access: 'look' })) !== null;
}

interface ComingBack {
  readonly userId: Types.ObjectId;
  readonly login: ILoginState;
  readonly grant: Grant;
}

/**
 * Whoever asked to act in a mailbox comes back with its account: another one would be connected instead.
 * @throws AppError 409 other_account
 */
export async function requireSameAccount(deps: AccessDeps, { userId, login, grant }: ComingBack): Promise<void> {
  if (login.mailboxId === undefined) return;
  const found = await findMailboxOf(deps.vault, userId, grant.account);
  if (found?.equals(login.mailboxId) === true) return;
  const message = 'You chose another Microsoft account than that of the mailbox: start again, and choose that one';
  throw new AppError(409, 'other_account', message);
}

/** A person who asks to look gets their staged mail back while the tokens for it are still there. */
export async function lookFirst(deps: AccessDeps, { userId, login, grant }: ComingBack): Promise<void> {
  if (login.access !== 'look' || login.isAccessChosen !== true || grant.account.isGuest) return;
  const mailboxId = await findMailboxOf(deps.vault, userId, grant.account);
  if (mailboxId !== undefined) await lookOnly({ userId, mailboxId }, deps.access);
}

interface Connected {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly login: ILoginState;
}

/** A person who asked to act has MSEDB act again, with the tokens that are stored by now. */
export async function followChoice(deps: AccessDeps, { userId, mailboxId, login }: Connected): Promise<void> {
  if (login.access === 'act' && login.isAccessChosen === true) await actAgain({ userId, mailboxId }, deps.access);
}
