import type { IMailFolder } from '../models/index.ts';
import { folderFaults } from './known-folders.ts';
import type { RuleFolders } from './owned-mailbox.ts';
import type { StoredRule } from './stored-rule.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';
import { type RuleWords, wordsOf } from './rule-definition.ts';

/** A reference to a folder that another mailbox can resolve. */
interface FolderReference {
  readonly id: string;
  /** Display names of the folder and those above it, the outermost first; empty for a folder that was deleted. */
  readonly path: readonly string[];
}

/** A rule in the form in which it is exported and imported. */
export interface PortableRule {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly conditions: Omit<RuleConditions, 'fromFolder'> & { readonly fromFolder?: FolderReference };
  readonly actions: readonly PortableAction[];
}

type PortableAction = Omit<RuleAction, 'toFolder'> & { readonly toFolder?: FolderReference };

/** Converts the rules of a mailbox to the form in which another mailbox can import them. */
export function exportRules(rules: readonly StoredRule[], { folders }: RuleFolders): PortableRule[] {
  const pathOf = pathFinder(folders);
  const refer = (id: string): FolderReference => ({ id, path: pathOf(id) });
  return rules.map((rule) => {
    const { name, conditions, actions } = wordsOf(rule);
    const { fromFolder, ...others } = conditions;
    return {
      name,
      isEnabled: rule.isEnabled,
      conditions: { ...others, ...(fromFolder === undefined ? {} : { fromFolder: refer(fromFolder) }) },
      actions: actions.map(({ toFolder, ...action }) => ({
        ...action,
        ...(toFolder === undefined ? {} : { toFolder: refer(toFolder) }),
      })),
    };
  });
}

/** A rule of another mailbox, with the folder ids of this one. */
export interface TranslatedRule {
  readonly words: RuleWords;
  readonly isEnabled: boolean;
}

export interface Translation {
  readonly rules: readonly TranslatedRule[];
  /** A message for each folder that this mailbox lacks; if there is any, the rules must not be used. */
  readonly faults: readonly string[];
}

/** Resolves the folders of portable rules in a mailbox: by id, or else by their path of display names. */
export function translateRules(portable: readonly PortableRule[], mailbox: RuleFolders): Translation {
  const faults: string[] = [];
  const find = folderFinder(mailbox.folders);
  const rules = portable.map((rule, index) => {
    const { words, missing } = translate(rule, find);
    const others = missing.length > 0 ? [] : folderFaults(words, mailbox);
    faults.push(...[...missing, ...others].map((fault) => `rules[${index}] “${rule.name}”: ${fault}`));
    return { words, isEnabled: rule.isEnabled };
  });
  return { rules, faults };
}

function translate(
  { name, conditions: { fromFolder, ...conditions }, actions }: PortableRule,
  find: (folder: FolderReference) => string | undefined,
): { readonly words: RuleWords; readonly missing: string[] } {
  const missing: string[] = [];
  const resolve = (field: string, folder: FolderReference | undefined): string | undefined => {
    const id = folder === undefined ? undefined : find(folder);
    if (folder !== undefined && id === undefined) missing.push(`${field}: the mailbox has no folder ${tell(folder)}`);
    return id;
  };
  const from = resolve('fromFolder', fromFolder);
  const words = {
    name,
    conditions: { ...conditions, ...(from === undefined ? {} : { fromFolder: from }) },
    actions: actions.map(({ toFolder, ...action }) => {
      const to = resolve('toFolder', toFolder);
      return { ...action, ...(to === undefined ? {} : { toFolder: to }) };
    }),
  };
  return { words, missing };
}

function tell({ id, path }: FolderReference): string {
  return path.length === 0 ? id : path.join('/');
}

function folderFinder(folders: readonly IMailFolder[]): (folder: FolderReference) => string | undefined {
  const known = new Set(folders.map(({ id }) => id));
  const pathOf = pathFinder(folders);
  const byPath = new Map(folders.map(({ id }) => [JSON.stringify(pathOf(id)), id]));
  return ({ id, path }) => (known.has(id) ? id : byPath.get(JSON.stringify(path)));
}

function pathFinder(folders: readonly IMailFolder[]): (folderId: string) => string[] {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  return (folderId) => {
    const path: string[] = [];
    const visited = new Set<string>();
    for (let folder = byId.get(folderId); folder !== undefined && !visited.has(folder.id); ) {
      visited.add(folder.id);
      path.unshift(folder.displayName);
      folder = folder.parentFolderId === undefined ? undefined : byId.get(folder.parentFolderId);
    }
    return path;
  };
}
