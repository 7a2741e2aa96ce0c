import type { Types } from 'mongoose';
import { AppError } from '../../lib/errors.ts';
import { connectMailbox, renewOwnMailbox } from '../mailboxes/mailbox-connection.ts';
import type { DeviceCode } from '../microsoft/msal.ts';
import { admit, identify, type SignInDeps } from './sign-in.ts';
import { askedAccess } from './sign-in-access.ts';

export interface DeviceSignIn {
  /** Called once with the code that the person enters on another machine. */
  readonly show: (code: DeviceCode) => void;
  /** Called once Microsoft has let the person in; from then on the signal ends nothing. */
  readonly arrived?: () => void;
  readonly signal: AbortSignal;
}

/**
 * Connects the mailbox of who signs in by device code, under the checks and rules of a sign-in in the browser. Unlike
 * there it is asked for by name, so that a mailbox which its owner has disconnected is connected again.
 * @returns the mailbox's id; no session begins
 * @throws AppError as finishSignIn, and 400 device_code_expired; the signal's reason when it is aborted
 */
export async function connectByDeviceCode(deps: SignInDeps, signIn: DeviceSignIn): Promise<Types.ObjectId> {
  const told = { purpose: 'connect', isBegun: true } as const;
  try {
    const { userId, tenantId, mailboxId } = await connect(deps, signIn);
    await deps.tellSignIn({ ...told, userId, tenantId });
    return mailboxId;
  } catch (error) {
    if (!signIn.signal.aborted)
      await deps.tellSignIn({ ...told, refusal: error instanceof AppError ? error.code : 'internal' });
    throw error;
  }
}

async function connect(deps: SignInDeps, signIn: DeviceSignIn) {
  const { show, signal } = signIn;
  const { access } = askedAccess(deps, {});
  const grant = await identify(deps, access, () => deps.microsoft.redeemDeviceCode({ show, access }, signal));
  signIn.arrived?.();
  const { _id: userId } = await admit(deps, grant);
  const { tenantId } = grant.account;
  const own = await renewOwnMailbox(deps.vault, userId, grant);
  return { userId, tenantId, mailboxId: own ?? (await connectMailbox(deps.vault, userId, grant)) };
}
