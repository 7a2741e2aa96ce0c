import type { IFormerFolder } from '../../models/fields/watching.ts';
import type { IMailFolder } from '../../models/Mailbox.ts';
import { pathFinder } from '../../models/fields/folder-chain.ts';
import { deletedKinds, folderKindFinder } from '../../models/fields/folder-kinds.ts';

const maxKept = 500;

/**
 * Returns the folders of a mailbox that have left their place, and the paths they had: they were removed, or moved below
 * Deleted Items. The paths are those of the last synchronization before.
 * @param former those that are kept already
 * @returns undefined when none has left since
 */
export function formerFolders(
  before: readonly IMailFolder[],
  after: readonly IMailFolder[],
  { former = [], at }: { readonly former?: readonly IFormerFolder[] | undefined; readonly at: Date },
): IFormerFolder[] | undefined {
  const kindBefore = folderKindFinder({ folders: [...before] });
  const kindAfter = folderKindFinder({ folders: [...after] });
  const present = new Set(after.map(({ id }) => id));
  const left = before.filter(
    ({ id, isHidden }) =>
      isHidden !== true && !deletedKinds.has(kindBefore(id)) && (!present.has(id) || deletedKinds.has(kindAfter(id))),
  );
  if (left.length === 0) return undefined;
  const pathOf = pathFinder(before);
  const ids = new Set(left.map(({ id }) => id));
  const rows = left.map(({ id }) => ({ id, path: pathOf(id), at }));
  return [...former.filter(({ id }) => !ids.has(id)), ...rows].slice(-maxKept);
}
