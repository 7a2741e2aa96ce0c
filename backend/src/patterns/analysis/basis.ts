import { sha256 } from '../../lib/crypto.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';

/** Raise it when a change of the code gives the same events other votes or patterns. */
const methodVersion = 3;

/** Returns a hash of everything beside the events that votes and thresholds depend on, except correspondents. */
export function basisOf(
  { row, whitelist, aggressiveness, folderKindOf }: AnalyzedMailbox,
  { inboxRules }: OwnerHabits,
  { halfLifeDays, unusableTargets }: { readonly halfLifeDays: number; readonly unusableTargets: readonly string[] },
): string {
  const kinds = row.folders.flatMap(({ id }) => (folderKindOf(id) === undefined ? [] : [`${id} ${folderKindOf(id)}`]));
  return sha256(
    JSON.stringify({
      methodVersion,
      aggressiveness,
      halfLifeDays,
      folderKinds: kinds.toSorted((one, two) => (one < two ? -1 : 1)),
      staging: row.stagingFolderId,
      unusableTargets,
      blindWindows: row.blindWindows.map(({ from, to }) => [from, to]),
      whitelist: [[...whitelist.senders], [...whitelist.domains]],
      inboxRules: inboxRules.map(({ isEnabled, conditions, actions }) => [isEnabled, conditions, actions]),
    }),
  );
}
