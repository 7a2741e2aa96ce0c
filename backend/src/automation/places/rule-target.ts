import { findFolder, type PlaceFault, targetOf } from '../../rules/places/place-fault.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import type { WriteLease } from '../write-lease.ts';
import { foldersOf, type FreshFolders } from './fresh-folders.ts';
import { relocateRule } from './relocate-rule.ts';

/** A rule whose folder can be used now, or why it cannot. */
export type PlacedRule =
  | {
      readonly ok: true;
      /** With the ids of this mailbox's folders, also for a rule of the organization. */
      readonly rule: StoredRule;
      readonly archiveFolderId: string | undefined;
    }
  | { readonly ok: false; readonly fault: PlaceFault };

/**
 * Finds the folder that a rule moves mail to, and asks Graph if mail can be moved there now. A rule of the organization
 * names it by path. A rule whose folder was deleted, and whose path another folder has now, is changed to that one.
 * @throws GraphError that may be temporary; the signal's reason
 */
export async function placeRule(lease: WriteLease, rule: StoredRule): Promise<PlacedRule> {
  const folders = await foldersOf(lease);
  const placed = rule.scope === 'org' ? inMailbox(rule, folders) : rule;
  if (typeof placed === 'string') return { ok: false, fault: placed };
  const target = targetOf(placed.actions, folders.known);
  if (target.kind === 'none') return { ok: true, rule: placed, archiveFolderId: undefined };
  const folderId = target.folderId ?? (await folders.idOf('archive'));
  if (folderId === undefined) return { ok: false, fault: 'no_archive' };
  const archiveFolderId = target.kind === 'archive' ? folderId : undefined;
  const fault = await folders.faultOf(folderId);
  if (fault === undefined) return { ok: true, rule: placed, archiveFolderId };
  const moved = target.kind === 'folder' ? await relocateRule(lease, placed) : undefined;
  return moved === undefined ? { ok: false, fault } : { ok: true, rule: moved, archiveFolderId };
}

/** Replaces the paths of an organization's rule by the ids of folders. */
function inMailbox(rule: StoredRule, { known }: FreshFolders): StoredRule | PlaceFault {
  const actions: StoredRule['actions'] = [];
  for (const action of rule.actions) {
    const found = action.toFolder === undefined ? undefined : findFolder(action.toFolder, known.folders);
    if (found?.ok === false) return found.fault;
    actions.push(found === undefined ? action : { ...action, toFolder: found.id });
  }
  return { ...rule, actions };
}
