import { sha256 } from '../../lib/crypto.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { OwnerHabits } from './protected-senders.ts';

/** Grows when the same events would give other votes or other patterns than before. */
const methodVersion = 1;

/** A hash of all that votes and thresholds depend on beside the events, except for whose mail is protected. */
export function basisOf(
  { row, aggressiveness, folderKindOf }: AnalyzedMailbox,
  { inboxRules }: OwnerHabits,
  halfLifeDays: number,
): string {
  const places = row.folders.flatMap(({ id }) => (folderKindOf(id) === undefined ? [] : [`${id} ${folderKindOf(id)}`]));
  return sha256(
    JSON.stringify({
      methodVersion,
      aggressiveness,
      halfLifeDays,
      places: places.toSorted((one, two) => (one < two ? -1 : 1)),
      staging: row.stagingFolderId,
      blindWindows: row.blindWindows.map(({ from, to }) => [from, to]),
      whitelist: [row.settings.whitelistedSenders, row.settings.whitelistedDomains],
      inboxRules: inboxRules.map(({ isEnabled, conditions, actions }) => [isEnabled, conditions, actions]),
    }),
  );
}
