import { z } from 'zod';
import type { EmulatorClock } from '../clock.ts';
import { GraphFailure, badRequest } from '../errors.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';

/** How delta behaves. */
export interface DeltaRules {
  /** Tokens older than this are answered 410. */
  tokenLifetimeMs: number;
  /** Most messages that a first round with `$filter` gives. */
  readonly maxFiltered: number;
  /** Code of the 410. */
  goneCode: 'syncStateNotFound' | 'resyncRequired' | 'SyncStateInvalid';
  /** Whether rounds after the first give little more of a changed message than its id, as Graph may. */
  isTerse: boolean;
}

const tokenShape = z.object({
  /** Collection that the token goes on with: a folder's id, or the folders. */
  of: z.string(),
  /** Last change that was read. */
  at: z.number(),
  /** Newest change when the round began. */
  start: z.number(),
  /** True until the first round is over. */
  first: z.boolean(),
  /** Messages given so far in the first round. */
  given: z.number(),
  epoch: z.number(),
  issued: z.number(),
  owner: z.string(),
  /** Query options of the first request, frozen. */
  select: z.string(),
  filter: z.string().nullable(),
  /** The message that a first round in this order gave last; null before the first, and in a round without an order. */
  newestFirst: z.object({ last: z.object({ receivedAtMs: z.number(), id: z.string() }).nullable() }).nullable(),
});

/** Where a delta round stands. */
export type DeltaState = z.infer<typeof tokenShape>;

interface FirstRequest {
  readonly of: string;
  readonly select: string;
  readonly filter: string | null;
  readonly isNewestFirst: boolean;
}

interface TokenParts {
  readonly clock: EmulatorClock;
  readonly delta: DeltaRules;
  readonly mailbox: Mailbox;
}

export function firstState({ clock, mailbox }: TokenParts, { isNewestFirst, ...first }: FirstRequest): DeltaState {
  return {
    ...first,
    newestFirst: isNewestFirst ? { last: null } : null,
    at: 0,
    start: mailbox.sequence,
    first: true,
    given: 0,
    epoch: mailbox.deltaEpoch,
    issued: clock.now(),
    owner: mailbox.owner.address,
  };
}

/** The state as it travels in a link. */
export function writeToken(state: DeltaState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** @throws 400 when it is no token of this collection, 410 when it is too old or was dropped */
export function readToken({ clock, delta, mailbox }: TokenParts, text: string, of: string): DeltaState {
  const state = decode(text);
  if (state === undefined || state.of !== of || state.owner !== mailbox.owner.address) {
    throw badRequest('The sync state is not valid for this collection.', 'ErrorInvalidSyncStateData');
  }
  if (
    state.epoch !== mailbox.deltaEpoch ||
    clock.now() - state.issued > delta.tokenLifetimeMs ||
    state.at > mailbox.sequence
  ) {
    throw new GraphFailure(
      410,
      delta.goneCode,
      'The sync state generation is not found; resynchronization is required.',
    );
  }
  return state;
}

function decode(text: string): DeltaState | undefined {
  try {
    return tokenShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
