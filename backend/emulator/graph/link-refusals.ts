import { GraphFailure } from '../errors.ts';
import { keysOf } from '../keys-of.ts';

/** Codes by which Graph refuses a stored delta link, with status and message. */
const refusals = {
  syncStateNotFound: [410, 'The sync state generation is not found; resynchronization is required.'],
  resyncRequired: [410, 'Resync required. Replace any local items with the version of the server.'],
  BadRequest: [400, 'Badly formed token.'],
  ErrorInvalidIdMalformed: [400, 'Id is malformed.'],
  ErrorInvalidSyncStateData: [400, 'The sync state is not valid for this collection.'],
  InvalidSyncStateData: [400, 'The sync state data is invalid.'],
  SyncStateInvalid: [400, 'The sync state is invalid.'],
  ErrorSyncFolderNotFound: [400, 'The folder to be synchronized could not be found.'],
} as const satisfies Record<string, readonly [number, string]>;

export type LinkRefusal = keyof typeof refusals;

export const linkRefusals: readonly LinkRefusal[] = keysOf(refusals);

/** The refusal of a stored link. */
export function refusedLink(code: LinkRefusal): GraphFailure {
  const [status, message] = refusals[code];
  return new GraphFailure(status, code, message);
}
