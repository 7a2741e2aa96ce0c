import type { StoredRule } from '../stored-rule.ts';
import { type FolderWords, unusableFolder, withFolderIds } from './known-folders.ts';
import type { RuleFolders } from '../owned-mailbox.ts';
import { knownPlaceFault, targetOf } from './place-fault.ts';

/**
 * Checks the folders of rules when a person writes, approves or enables one. It is passed in, because rules may not ask
 * Graph. The folders are checked again before each move.
 */
export interface RulePlaces {
  /**
   * Replaces folders given by id or path by their ids.
   * @throws AppError 400 unknown_folder, ambiguous_folder; 409 folder_unusable
   */
  readonly resolve: <W extends FolderWords>(words: W, mailbox: PlacedMailbox) => Promise<W>;
  /** Checks that mail can be moved to the folder of a rule. @throws AppError 409 folder_unusable, with the reason */
  readonly require: (actions: StoredRule['actions'], mailbox: PlacedMailbox) => Promise<void>;
}

export type PlacedMailbox = RuleFolders & { readonly _id: { toString(): string } };

/** Judges by the folders as they were last synchronized. */
export const knownPlaces: RulePlaces = {
  resolve: async (words, mailbox) => withFolderIds(words, mailbox),
  require: async (actions, mailbox) => {
    const fault = knownPlaceFault(targetOf(actions, mailbox), mailbox);
    if (fault !== undefined) throw unusableFolder(fault);
  },
};
