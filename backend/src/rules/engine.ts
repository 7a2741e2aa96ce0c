import type { FolderKind } from '../models/fields/folder-kinds.ts';
import { type MatchableMessage, matches } from './matcher.ts';
import type { StoredRule } from './stored-rule.ts';
import { actsOnArrival } from './trigger.ts';

/** A message at its arrival. */
export interface Arrived extends MatchableMessage {
  /** Id of the folder in which it arrived. */
  readonly fromFolder: string;
  /** True for an invitation to a meeting or an answer to one. */
  readonly isMeeting?: boolean;
  /** True for mail that was there before its mailbox was watched: how it came to its folder is unknown. */
  readonly foundInPlace?: boolean;
}

export interface RuleBook {
  /** The enabled rules in order of precedence: those of the user, then those of the organization. */
  readonly rules: readonly StoredRule[];
  readonly isProtected: (message: Arrived) => boolean;
  readonly folderKindOf: (folderId: string) => FolderKind;
}

/** Rules never act on mail in these folders. */
const untouched: ReadonlySet<FolderKind> = new Set<FolderKind>([
  'staging',
  'deleted',
  'recoverable',
  'drafts',
  'outbox',
  'sent',
]);

/**
 * Returns the rule to apply to a message: the first that matches. No rule applies to mail of protected senders, nor to
 * items without a sender (contacts, tasks and appointments come as such messages), nor to invitations to meetings and
 * the answers to them, which no condition of a rule names. Mail that did not arrive in the inbox was filed by something else: only a rule that names its folder applies to it,
 * and none if it was found there.
 * @param isTried the rules of the moment; those that act on arrival if it is left out
 */
export function ruleFor(
  message: Arrived,
  { rules, isProtected, folderKindOf }: RuleBook,
  isTried: (rule: StoredRule) => boolean = actsOnArrival,
): StoredRule | undefined {
  const kind = folderKindOf(message.fromFolder);
  if (message.sender === undefined || message.isMeeting === true) return undefined;
  if (untouched.has(kind) || isProtected(message)) return undefined;
  return rules.find((rule) => {
    const { conditions = {} } = rule;
    if (!isTried(rule)) return false;
    if (kind !== 'inbox' && (conditions.fromFolder === undefined || message.foundInPlace === true)) return false;
    return matches(conditions, message);
  });
}
