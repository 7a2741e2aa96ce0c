import { Pattern } from '../../models/index.ts';
import { folderFaults } from '../../rules/places/known-folders.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';

/** Tells if rules can move mail to a folder as it is now: it is listed, and not below Deleted Items. */
export function isUsableTarget({ row }: Pick<AnalyzedMailbox, 'row'>, folderId: string): boolean {
  const isHidden = row.folders.some(({ id, isHidden: hidden }) => id === folderId && hidden === true);
  return !isHidden && folderFaults({ actions: [{ actionType: 'move', toFolder: folderId }] }, row).length === 0;
}

/** Returns the folders that known patterns move mail to and rules cannot use now, in order. */
export async function readUnusableTargets(mailbox: AnalyzedMailbox): Promise<string[]> {
  const { userId, mailboxId } = mailbox;
  const targets: unknown[] = await Pattern.distinct('suggestedAction.toFolder', { userId, mailboxId });
  const ids = targets.filter((target) => typeof target === 'string');
  return ids.filter((id) => !isUsableTarget(mailbox, id)).toSorted();
}
