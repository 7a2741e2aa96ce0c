import { z } from 'zod';
import type { EmulatorClock } from '../clock.ts';
import type { Awkwardness } from '../faults/awkwardness.ts';
import { GraphFailure } from '../errors.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import { linkRefusals, refusedLink } from './link-refusals.ts';

/** How delta behaves. */
export interface DeltaRules {
  /** Tokens older than this are answered 410. */
  tokenLifetimeMs: number;
  /** Most messages that a first round with `$filter` gives. */
  readonly maxFiltered: number;
  /** Code of the 410. */
  goneCode: 'syncStateNotFound' | 'resyncRequired' | 'SyncStateInvalid';
  /** True: a change of isRead alone is told as id, isRead and parentFolderId, without an etag. */
  partialReads: boolean;
  /** True: rounds after the first give little more of a changed message than its id, as Graph may. */
  isTerse: boolean;
}

const tokenShape = z.object({
  /** Collection that the token goes on with: a folder's id, or the folders. */
  of: z.string(),
  /** Last change that was read. */
  at: z.number(),
  /** Where the round before ended: this one tells what changed since. */
  base: z.number(),
  /** Newest change when the round began. */
  start: z.number(),
  /** True until the first round is over. */
  first: z.boolean(),
  /** Messages given so far in the first round. */
  given: z.number(),
  epoch: z.number(),
  issued: z.number(),
  /** Id of the mailbox. */
  owner: z.string(),
  immutableIds: z.boolean(),
  /** True after a page without items was given here. */
  isAfterEmpty: z.boolean(),
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
  readonly awkward: Awkwardness;
  readonly mailbox: Mailbox;
  readonly immutableIds: boolean;
}

export function firstState(parts: TokenParts, { isNewestFirst, ...first }: FirstRequest): DeltaState {
  const { clock, mailbox, immutableIds } = parts;
  return {
    ...first,
    newestFirst: isNewestFirst ? { last: null } : null,
    at: 0,
    base: 0,
    start: mailbox.sequence,
    first: true,
    given: 0,
    epoch: mailbox.deltaEpoch,
    issued: clock.now(),
    owner: mailbox.id,
    immutableIds,
    isAfterEmpty: false,
  };
}

/** The state as it travels in a link. */
export function writeToken(state: DeltaState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** @throws 400 when it is no token of this collection, or was written for other ids; 410 when it is too old or was dropped */
export function readToken(parts: TokenParts, text: string, of: string): DeltaState {
  const { delta, mailbox, awkward, immutableIds } = parts;
  const state = decode(text);
  if (state === undefined) throw refusedLink('BadRequest');
  if (state.of !== of || state.owner !== mailbox.id) throw refusedLink('ErrorInvalidSyncStateData');
  if (state.immutableIds !== immutableIds) throw refusedLink('SyncStateInvalid');
  if (state.epoch !== mailbox.deltaEpoch && mailbox.linkRefusal !== undefined) throw refusedLink(mailbox.linkRefusal);
  if (isGone(parts, state)) {
    throw new GraphFailure(
      410,
      delta.goneCode,
      'The sync state generation is not found; resynchronization is required.',
    );
  }
  if (awkward.strikes('decayedLink')) throw refusedLink(awkward.random.pick(linkRefusals));
  return state;
}

function isGone({ clock, delta, mailbox }: TokenParts, { epoch, issued, at }: DeltaState): boolean {
  return epoch !== mailbox.deltaEpoch || clock.now() - issued > delta.tokenLifetimeMs || at > mailbox.sequence;
}

function decode(text: string): DeltaState | undefined {
  try {
    return tokenShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
