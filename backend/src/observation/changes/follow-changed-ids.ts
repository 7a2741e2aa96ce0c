import type { Types } from 'mongoose';
import type { GraphClient } from '../../graph/client.ts';
import { GraphError } from '../../graph/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { groupBy } from '../../lib/group-by.ts';
import { deletedKinds } from '../../models/fields/folder-kinds.ts';
import { type IMessageState, MessageState } from '../../models/index.ts';
import { renameMessage } from '../../models/store/changed-id.ts';
import { findSuccessor, identityHashOf } from '../../models/store/message-identity.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { recoverStates } from './apply.ts';
import { readMissed, readReceivedAt } from './ask-for-ids.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import { readStates } from './states.ts';

// An immutable id can change while the message lives on: see models/store/changed-id.ts. Two looks show it: a new id
// with the identity of a message that is not found any more, and an id that is not found while its message is there
// under a new one. Either is settled before anything is recorded, so that nothing arrives or disappears.

interface FollowDeps {
  readonly client: GraphClient;
  readonly mailbox: ObservedMailbox;
  readonly clock: Clock;
}

type Present = Extract<Observation, { readonly kind: 'present' }>;
type Known = Pick<IMessageState, 'messageId' | 'formerIds' | 'identityHash' | 'folderId' | 'observedAt' | 'receivedAt'>;

/** Attempts to rename a message that other writers keep changing. */
const maxAttempts = 5;

/**
 * Recognizes messages whose id has changed, and gives everything that is known about them the new id. Asks Graph nothing
 * unless a look shows a known message under a new id, or does not find one outside of Deleted Items.
 * @returns the observations to record: a message that was found under a new id takes the place of the one that is gone
 * @throws GraphError that may be temporary, or concerns the whole mailbox; the signal's reason when it is aborted
 */
export async function followChangedIds(
  deps: FollowDeps,
  looks: readonly Observation[],
  signal: AbortSignal,
): Promise<Observation[]> {
  if (deps.mailbox.identityKey === undefined || looks.length === 0) return [...looks];
  const search = new IdSearch(deps, signal);
  const present = looks.filter((look) => look.kind === 'present');
  const gone = new Map(looks.flatMap((look) => (look.kind === 'gone' ? [[look.messageId, look] as const] : [])));
  const outdated = await search.followNewIds(present, gone);
  const found = await search.followLostIds([...gone.keys()]);
  return [...present.filter(({ message }) => !outdated.has(message.id)), ...gone.values()].flatMap((look) =>
    look.kind === 'gone' ? (found.get(look.messageId) ?? look) : look,
  );
}

class IdSearch {
  readonly #deps: FollowDeps;
  readonly #asking: Parameters<typeof readMissed>[0];

  constructor(deps: FollowDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#asking = { client: deps.client, signal };
  }

  /**
   * Follows known messages to new ids under which they were seen.
   * @param gone the looks that found nothing; those that are explained are taken out
   * @returns the ids of observations from before a message was known under its new id
   */
  async followNewIds(present: readonly Present[], gone: Map<string, Observation>): Promise<ReadonlySet<string>> {
    const { outdated, claims } = await this.#findClaims(present);
    const there = new Set(present.map(({ message }) => message.id));
    const unsure = claims.flatMap(({ alike }) => alike.filter(({ folderId }) => folderId !== undefined));
    const missed = await readMissed(
      this.#asking,
      unsure.map(({ messageId }) => messageId).filter((id) => !there.has(id) && !gone.has(id)),
    );
    for (const { newId, alike } of claims) {
      const before = vanishedOf(alike, (id) => gone.has(id) || missed.has(id));
      if (before !== undefined && (await this.#rename(before.messageId, newId))) gone.delete(before.messageId);
    }
    return outdated;
  }

  /** Finds the ids that are not known, while other messages with the same identity are. */
  async #findClaims(present: readonly Present[]): Promise<{ outdated: ReadonlySet<string>; claims: readonly Claim[] }> {
    const { mailbox } = this.#deps;
    const outdated = new Set<string>();
    const claims: Claim[] = [];
    const seen = groupBy(present, ({ message }) => identityHashOf(message, mailbox.identityKey));
    const known = await readAlike(mailbox, [...seen.keys()]);
    for (const [hash, alike] of known) {
      const added = (seen.get(hash) ?? []).filter(({ message: { id }, sentAt }) => {
        if (alike.some(({ messageId }) => messageId === id)) return false;
        const current = alike.find(({ formerIds }) => formerIds?.includes(id));
        const isOutdated = current !== undefined && sentAt < current.observedAt.getTime();
        if (isOutdated) outdated.add(id);
        return !isOutdated;
      });
      const [look, ...others] = added;
      if (look === undefined || others.length > 0 || (await this.#isKnown(look))) continue;
      claims.push({ newId: look.message.id, alike });
    }
    return { outdated, claims };
  }

  /**
   * Looks for messages that were not found among all that were received at their time.
   * @returns the observations of those that live on, by the id that they had
   */
  async followLostIds(messageIds: readonly string[]): Promise<ReadonlyMap<string, Present>> {
    const followed = new Map<string, Present>();
    if (messageIds.length === 0) return followed;
    const { mailbox, clock } = this.#deps;
    const states = await readStates(mailbox, messageIds);
    const lost = [...states.values()].filter(({ identityHash, folderId, receivedAt }) => {
      if (identityHash === undefined || receivedAt === undefined || folderId === undefined) return false;
      return !deletedKinds.has(mailbox.folderKindOf(folderId));
    });
    const alone = [...groupBy(lost, ({ identityHash }) => identityHash).values()].filter(({ length }) => length === 1);
    const sentAt = clock();
    const found = await readReceivedAt(
      this.#asking,
      alone.flatMap(([state]) => state?.receivedAt ?? []),
    );
    const answeredAt = clock();
    for (const state of alone.flat()) {
      const messages = found.get(state.receivedAt?.getTime() ?? 0) ?? [];
      const message = await findSuccessor(mailbox, state, { messages, key: mailbox.identityKey });
      if (message === undefined || !(await this.#rename(state.messageId, message.id))) continue;
      followed.set(state.messageId, { kind: 'present', message, sentAt, answeredAt });
    }
    return followed;
  }

  /** Tells if a message is known without its identity: it was last seen by an older version of this service. */
  async #isKnown({ message }: Present): Promise<boolean> {
    const { mailboxId } = this.#deps.mailbox;
    return (await MessageState.exists({ mailboxId, messageId: message.id })) !== null;
  }

  /** @returns false when the new id turns out to be that of another message */
  async #rename(from: string, to: string): Promise<boolean> {
    const { mailbox } = this.#deps;
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const states = await readStates(mailbox, [from, to]);
      await recoverStates(mailbox, [...states.values()]);
      const state = states.get(from);
      if (state === undefined) return (await MessageState.exists(renamed(mailbox, from, to))) !== null;
      const renaming = await renameMessage(mailbox, state, to);
      if (renaming !== 'changed') return renaming === 'renamed';
    }
    const message = 'A message kept changing while its new id was noted: it will be read again';
    throw new GraphError({ status: 0, code: 'overtaken', message, retryable: true });
  }
}

/** An unknown id, and the known messages that it can be the new id of. */
interface Claim {
  readonly newId: string;
  readonly alike: readonly Known[];
}

/**
 * Returns the one message that the new id stands for. One that has been gone for longer counts only if no other message
 * has its identity: else the new one may be a copy.
 */
function vanishedOf(alike: readonly Known[], isGone: (messageId: string) => boolean): Known | undefined {
  const lasting = alike.filter(({ folderId }) => folderId !== undefined);
  const candidates = lasting.length > 0 ? lasting.filter(({ messageId }) => isGone(messageId)) : alike;
  return candidates.length === 1 ? candidates[0] : undefined;
}

function renamed({ mailboxId }: ObservedMailbox, formerIds: string, messageId: string) {
  return { mailboxId, messageId, formerIds };
}

/** Reads the states with these identities. */
async function readAlike(
  { mailboxId }: ObservedMailbox,
  hashes: readonly (string | undefined)[],
): Promise<ReadonlyMap<string | undefined, Known[]>> {
  const wanted = hashes.filter((hash) => hash !== undefined);
  if (wanted.length === 0) return new Map();
  const rows = await MessageState.find(
    { mailboxId, identityHash: isIn(wanted) },
    'messageId formerIds identityHash folderId observedAt receivedAt',
  )
    .batchSize(2 * wanted.length)
    .lean<(Known & { readonly _id: Types.ObjectId })[]>();
  return groupBy(rows, ({ identityHash }) => identityHash);
}
