import { defined } from '../../lib/defined.ts';
import { chainFinder, formatPath } from '../../models/fields/folder-chain.ts';
import type { IMailFolder, WellKnownKind } from '../../models/index.ts';
import { foldersAt } from './folder-path.ts';
import { folderFaults } from './known-folders.ts';
import { findFolder, type FoundFolder, onlyFolder } from './place-fault.ts';
import type { RuleFolders } from '../owned-mailbox.ts';
import type { StoredRule } from '../stored-rule.ts';
import type { RuleAction, RuleConditions } from '../rule-draft.ts';
import { type RuleWords, wordsOf } from '../rule-definition.ts';
import type { RuleTrigger } from '../trigger.ts';

/** A reference to a folder that another mailbox can resolve. */
interface FolderReference {
  readonly id: string;
  /** Display names of the folder and those above it, the outermost first; empty for a folder that was deleted. */
  readonly path: readonly string[];
  /** The kind of the folder that the path begins with: another mailbox has it under a name of its own language. */
  readonly kind?: WellKnownKind;
}

/** A reference, or an id or path alone. */
type PortableFolder = FolderReference | string;

/** A rule in the form in which it is exported and imported. */
export interface PortableRule {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly conditions: Omit<RuleConditions, 'fromFolder'> & { readonly fromFolder?: PortableFolder };
  readonly actions: readonly PortableAction[];
  /** On arrival if it is left out, as in documents of older versions. */
  readonly trigger?: RuleTrigger | undefined;
}

type PortableAction = Omit<RuleAction, 'toFolder'> & { readonly toFolder?: PortableFolder };

/** Converts the rules of a mailbox to the form in which another mailbox can import them. */
export function exportRules(rules: readonly StoredRule[], { folders }: RuleFolders): PortableRule[] {
  const chainOf = chainFinder(folders);
  const refer = (id: string): FolderReference => {
    const chain = chainOf(id);
    const path = chain.map(({ displayName }) => displayName);
    return defined<FolderReference>({ id, path, kind: chain.at(0)?.kind });
  };
  return rules.map((rule) => {
    const { name, conditions, actions, trigger } = wordsOf(rule);
    const { fromFolder, ...others } = conditions;
    return {
      name,
      isEnabled: rule.isEnabled,
      conditions: { ...others, ...(fromFolder === undefined ? {} : { fromFolder: refer(fromFolder) }) },
      actions: actions.map(({ toFolder, ...action }) => ({
        ...action,
        ...(toFolder === undefined ? {} : { toFolder: refer(toFolder) }),
      })),
      ...(trigger === undefined || trigger.kind === 'arrival' ? {} : { trigger }),
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

/**
 * Resolves the folders of portable rules in a mailbox: by id, or else by their path below a well-known folder of the
 * same kind, or else by their path of display names.
 */
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
  { name, conditions: { fromFolder, ...conditions }, actions, trigger }: PortableRule,
  find: (folder: PortableFolder) => FoundFolder,
): { readonly words: RuleWords; readonly missing: string[] } {
  const missing: string[] = [];
  const resolve = (field: string, folder: PortableFolder | undefined): string | undefined => {
    if (folder === undefined) return undefined;
    const found = find(folder);
    if (found.ok) return found.id;
    const fault =
      found.fault === 'ambiguous_folder'
        ? `more than one folder is ${tell(folder)}: ${found.candidates.join(', ')}`
        : `the mailbox has no folder ${tell(folder)}`;
    missing.push(`${field}: ${fault}`);
    return undefined;
  };
  const from = resolve('fromFolder', fromFolder);
  const words = {
    name,
    conditions: { ...conditions, ...(from === undefined ? {} : { fromFolder: from }) },
    actions: actions.map(({ toFolder, ...action }) => {
      const to = resolve('toFolder', toFolder);
      return { ...action, ...(to === undefined ? {} : { toFolder: to }) };
    }),
    trigger,
  };
  return { words, missing };
}

function tell(folder: PortableFolder): string {
  if (typeof folder === 'string') return folder;
  return folder.path.length === 0 ? folder.id : formatPath(folder.path);
}

function folderFinder(folders: readonly IMailFolder[]): (folder: PortableFolder) => FoundFolder {
  const known = new Set(folders.map(({ id }) => id));
  return (folder) => {
    if (typeof folder === 'string') return findFolder(folder, folders);
    const { id, path, kind } = folder;
    return known.has(id) ? { ok: true, id } : onlyFolder(foldersAt(folders, path, kind), folders);
  };
}
