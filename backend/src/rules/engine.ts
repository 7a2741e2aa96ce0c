import type { FolderKind } from '../models/fields/folder-kinds.ts';
import { type MatchableMessage, matches } from './matcher.ts';
import type { StoredRule } from './stored-rule.ts';

/** A message as it arrived. */
export interface Arrived extends MatchableMessage {
  /** Where it arrived, as a folder id. */
  readonly fromFolder: string;
}

export interface RuleBook {
  /** The enabled ones in the order they are tried: those of the user, then those of the organization. */
  readonly rules: readonly StoredRule[];
  readonly isProtected: (message: Arrived) => boolean;
  readonly folderKindOf: (folderId: string) => FolderKind;
}

/** What lies there is not for rules, whatever they say. */
const untouched: ReadonlySet<FolderKind> = new Set<FolderKind>(['staging', 'deleted', 'drafts', 'outbox', 'sent']);

/**
 * Which rule is to act on a message: the first that matches. None acts on mail of protected senders. Mail that did not
 * arrive in the inbox was filed before we saw it: only a rule that names its folder is about it.
 */
export function ruleFor(message: Arrived, { rules, isProtected, folderKindOf }: RuleBook): StoredRule | undefined {
  const kind = folderKindOf(message.fromFolder);
  if (untouched.has(kind) || isProtected(message)) return undefined;
  return rules.find(({ conditions = {} }) => {
    if (kind !== 'inbox' && conditions.fromFolder === undefined) return false;
    return matches(conditions, message);
  });
}
