import { Mailbox, Rule } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import { foldersAt } from '../../rules/places/folder-path.ts';
import { onlyFolder } from '../../rules/places/place-fault.ts';
import { storedWords, type RuleWords, wordsOf } from '../../rules/rule-definition.ts';
import { ruleIntent, ruleSnapshotOf } from '../../rules/changes/rule-intent.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import type { WriteLease } from '../write-lease.ts';
import { foldersOf } from './fresh-folders.ts';

/**
 * Changes a rule whose folders were deleted to the folders that have their paths now: its owner has made them anew.
 * @returns the changed rule; undefined if there is no such folder for one of them, or the rule was changed meanwhile
 * @throws GraphError that may be temporary; the signal's reason
 */
export async function relocateRule(lease: WriteLease, rule: StoredRule): Promise<StoredRule | undefined> {
  if (rule.scope === 'org') return undefined;
  const words = wordsOf(rule);
  const places = await successors(lease, words);
  if (places === undefined || places.size === 0) return undefined;
  const follow = (id: string): string => places.get(id) ?? id;
  const { fromFolder } = words.conditions;
  const after: RuleWords = {
    ...words,
    conditions: { ...words.conditions, ...(fromFolder === undefined ? {} : { fromFolder: follow(fromFolder) }) },
    actions: words.actions.map((action) =>
      action.toFolder === undefined ? action : { ...action, toFolder: follow(action.toFolder) },
    ),
  };
  return write(rule, after);
}

/** @returns the new id of each folder that has to be replaced; undefined if one of them has no successor */
async function successors(
  lease: WriteLease,
  { conditions, actions }: RuleWords,
): Promise<ReadonlyMap<string, string> | undefined> {
  const named = [conditions.fromFolder, ...actions.map(({ toFolder }) => toFolder)];
  const places = new Map<string, string>();
  for (const id of new Set(named.filter((one) => one !== undefined))) {
    const folders = await foldersOf(lease);
    const fault = await folders.faultOf(id);
    if (fault !== 'folder_gone' && fault !== 'folder_deleted') continue;
    const next = await successorOf(lease, id);
    if (next === undefined) return undefined;
    places.set(id, next);
  }
  return places;
}

/** Returns the folder that can be used and has the path that another one had in its place. */
export async function successorOf(lease: WriteLease, folderId: string): Promise<string | undefined> {
  const folders = await foldersOf(lease);
  const row = await Mailbox.findById(lease.mailboxId, 'formerFolders').lean();
  const path = row?.formerFolders?.findLast(({ id }) => id === folderId)?.path;
  if (path === undefined) return undefined;
  const found = onlyFolder(foldersAt(folders.known.folders, path), folders.known.folders);
  if (!found.ok || found.id === folderId) return undefined;
  return (await folders.faultOf(found.id)) === undefined ? found.id : undefined;
}

function write(rule: StoredRule, words: RuleWords): Promise<StoredRule | undefined> {
  const { _id, version, isEnabled, userId } = rule;
  const after = { ...words, isEnabled, version: version + 1 };
  const why = 'Its folder was deleted, and another folder has its path now';
  const before = ruleSnapshotOf(rule);
  const intent = ruleIntent(rule, { action: 'rule_updated', by: userId.toHexString(), before, after, why });
  return withIntent({ ...intent, details: { ...intent.details, by: 'automation' } }, async () => {
    const update = { $set: storedWords(words), $inc: { version: 1 } };
    const changed = await Rule.findOneAndUpdate({ _id, version }, update, {
      returnDocument: 'after',
    }).lean<StoredRule>();
    return changed ?? undefined;
  });
}
