import type { DeviceSignIn } from './access/device-sign-in.ts';
import { CannotTell } from './assumption.ts';
import type { Graph } from './graph.ts';
import type { OwnItems } from './own-items.ts';
import type { Receiver } from './receiver.ts';
import type { Sandbox } from './sandbox.ts';

/** What an assumption is asked with. */
export interface Workbench {
  readonly graph: Graph;
  readonly own: OwnItems;
  readonly sandbox: Sandbox;
  readonly token: () => Promise<string>;
  /** Undefined: Graph cannot reach this machine. */
  readonly receiver: Receiver | undefined;
  /** Undefined: the account's tokens belong to the running service. */
  readonly signIn: DeviceSignIn | undefined;
  readonly waiting: Waiting;
}

/** Waits for what Graph shows late: changes and notifications. */
export interface Waiting {
  /** Longest wait. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Asks again, ever more slowly, until something is found. @throws CannotTell when the longest wait is over */
export async function untilFound<T>(waiting: Waiting, look: () => Promise<T | undefined>): Promise<T> {
  let waitedMs = 0;
  for (let pauseMs = 250; ; pauseMs *= 2) {
    const found = await look();
    if (found !== undefined) return found;
    if (waitedMs + pauseMs > waiting.maxMs) throw new CannotTell('it did not show within the longest wait');
    await waiting.sleep(pauseMs);
    waitedMs += pauseMs;
  }
}

export function receiverOf({ receiver }: Workbench): Receiver {
  if (receiver === undefined) throw new CannotTell('Graph cannot reach this machine: see --notification-url');
  return receiver;
}

export function signInOf({ signIn }: Workbench): DeviceSignIn {
  if (signIn === undefined) throw new CannotTell('it takes a sign-in of its own: see --device-code');
  return signIn;
}
