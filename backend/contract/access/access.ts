import { loadConfig } from '../../src/config/env.ts';
import type { CliOptions } from '../cli-options.ts';
import { DeviceSignIn } from './device-sign-in.ts';

/** The account that is asked about. */
export interface Access extends AsyncDisposable {
  readonly graphUrl: string;
  readonly token: () => Promise<string>;
  /** Undefined: the tokens are the running service's. */
  readonly signIn: DeviceSignIn | undefined;
}

/** Gets at the account with the settings of the environment and .env. @throws Error that says what is missing */
export async function openAccess(
  access: CliOptions['access'],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Access> {
  const config = loadConfig();
  const { microsoft } = config;
  if (microsoft === undefined) {
    throw new Error(
      'MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET are not set: see "Settings" in docs/OPERATIONS.md',
    );
  }
  if (access !== 'device code') {
    const { connectedMailbox } = await import('./connected-mailbox.ts'); // loads much that a sign-in does not need
    return connectedMailbox(config, microsoft, { address: access.mailbox, signal });
  }
  const signIn = await DeviceSignIn.begin(microsoft, say, signal);
  return {
    graphUrl: microsoft.graphUrl,
    token: () => signIn.token(),
    signIn,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
