import type { IAuditLog } from '../../models/index.ts';
import { nameRule } from '../../rules/rule-name.ts';
import type { AuditFacts } from './facts.ts';
import type { AuditNames } from './names.ts';
import type { StoredEntry } from './queries.ts';
import { inWords, quoted } from './words.ts';
import type { FolderName } from '../../rules/rule-name.ts';

/** An entry, what it says, and what the things are called that it is about. */
export interface ToldEntry {
  readonly entry: StoredEntry;
  readonly facts: AuditFacts;
  readonly names: AuditNames;
  readonly folderName: FolderName;
}

/** What was done, in one or two sentences, for everything that can be. */
export const headlines: Readonly<Record<IAuditLog['action'], (told: ToldEntry) => string>> = {
  rule_created: (told) => `${capitalized(ruleOf(told))} was made.${wordsAfter(told, 'It says')}`,
  rule_updated: (told) => describeUpdate(told),
  rule_deleted: (told) => `${capitalized(ruleOf(told))} was deleted.${wordsBefore(told, 'It said')}`,
  rule_executed: (told) =>
    `${capitalized(ruleOf(told))} acted on a message${told.facts.cause === 'run' ? ', when it was run over mail that was there already' : ''}.`,
  rule_suspended: (told) => `${capitalized(ruleOf(told))} was stopped.`,
  rule_run: (told) => `${capitalized(ruleOf(told))} was run over ${messagesOf(told.facts)}.`,
  rules_reordered: ({ entry, facts, names }) =>
    facts.scope === 'org'
      ? 'The rules of the organization were put in another order.'
      : `The rules of ${mailboxOf(entry, names)} were put in another order.`,
  email_staged: (told) => `${capitalized(ruleOf(told))} put a message into the staging folder.${dueOf(told.facts)}`,
  email_executed: ({ facts }) =>
    facts.cause === 'owner'
      ? 'A staged message was deleted at once, on the word of its owner.'
      : 'The time of a staged message was over, and it was deleted.',
  email_rescued: ({ facts }) => `A staged message was taken back${rescueReasonOf(facts)}.`,
  undo_action: () => 'An earlier action on a message was undone.',
  pattern_detected: (told) => `A pattern was found.${numbersOf(told.facts)}`,
  pattern_suggested: (told) => `A pattern was suggested.${numbersOf(told.facts)}`,
  pattern_approved: (told) => `A pattern was approved.${numbersOf(told.facts)}${madeRule(told.facts)}`,
  pattern_customized: (told) => `A pattern was approved with changes.${numbersOf(told.facts)}${madeRule(told.facts)}`,
  pattern_rejected: (told) => `A pattern was rejected.${numbersOf(told.facts)}`,
  pattern_withdrawn: () => 'The approval of a pattern was taken back, and its rule does nothing any more.',
  pattern_expired: (told) => `A pattern does not hold any more.${numbersOf(told.facts)}`,
  automation_paused: (told) =>
    `The automation of ${scopeOf(told)} was paused: nothing is written to ${isOfAll(told) ? 'them' : 'it'}.`,
  automation_resumed: (told) => `The automation of ${scopeOf(told)} was resumed.`,
  whitelist_updated: (told) => describeWhitelist(told),
  user_invited: (told) =>
    `${capitalized(userOf(told))} was invited${told.facts.role === undefined ? '' : `, as ${told.facts.role}`}.`,
  user_role_changed: ({ facts: { from, to }, ...told }) =>
    `The role of ${userOf(told)} was changed${from === undefined || to === undefined ? '' : ` from ${from} to ${to}`}.`,
  user_deactivated: (told) =>
    `${capitalized(userOf(told))} was deactivated: they cannot sign in, and nothing is done for them.`,
  user_reactivated: (told) => `${capitalized(userOf(told))} was activated again.`,
  account_deleted: () => 'An account was deleted, with everything that was known about it.',
  mailbox_connected: ({ entry, names }) => `${capitalized(mailboxOf(entry, names))} was connected.`,
  mailbox_disconnected: ({ entry, names, facts }) =>
    `${capitalized(mailboxOf(entry, names))} was disconnected${disconnectReasonOf(facts)}.`,
  mailbox_purged: () => 'A mailbox was removed, with everything that was known about it.',
};

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Such as "the rule “News” (version 3)". */
function ruleOf({ entry, facts, names }: ToldEntry): string {
  const ruleId = facts.ruleId ?? (entry.targetType === 'rule' ? entry.targetId : undefined);
  const { name: snapshot, version } = facts.ruleAfter ?? facts.ruleBefore ?? { name: undefined, version: undefined };
  const name = facts.ruleName ?? facts.name ?? snapshot ?? (ruleId === undefined ? undefined : names.rule(ruleId));
  const words = facts.ruleVersion ?? version;
  const whose = facts.scope === 'org' ? ' of the organization' : '';
  return `${name === undefined ? 'a rule' : `the rule ${quoted(name)}`}${whose}${words === undefined ? '' : ` (version ${words})`}`;
}

function messagesOf({ messages }: AuditFacts): string {
  if (messages === undefined) return 'mail that was there already';
  return messages === 1 ? '1 message' : `${messages} messages`;
}

type Snapshot = NonNullable<AuditFacts['ruleAfter']>;

function wordsOf({ conditions, actions }: Snapshot, folderName: FolderName): string {
  return actions.map((action) => nameRule({ conditions, action }, folderName)).join('; ');
}

function wordsAfter({ facts: { ruleAfter }, folderName }: ToldEntry, introduction: string): string {
  return ruleAfter === undefined ? '' : ` ${introduction}: ${wordsOf(ruleAfter, folderName)}.`;
}

function wordsBefore({ facts: { ruleBefore }, folderName }: ToldEntry, introduction: string): string {
  return ruleBefore === undefined ? '' : ` ${introduction}: ${wordsOf(ruleBefore, folderName)}.`;
}

function describeUpdate(told: ToldEntry): string {
  const { ruleBefore: before, ruleAfter: after } = told.facts;
  const rule = capitalized(ruleOf(told));
  if (before === undefined || after === undefined) return `${rule} was changed.`;
  const switched = before.isEnabled === after.isEnabled ? 'changed' : `switched ${after.isEnabled ? 'on' : 'off'}`;
  const renamed = before.name === after.name ? '' : ` It was called ${quoted(before.name)}.`;
  const [said, says] = [wordsOf(before, told.folderName), wordsOf(after, told.folderName)];
  const words = said === says ? ` It says: ${says}.` : ` It said: ${said}. Now it says: ${says}.`;
  return `${rule} was ${switched}.${renamed}${words}`;
}

function dueOf({ expiresAt }: AuditFacts): string {
  return expiresAt === undefined ? '' : ` It was to be deleted on ${inWords(expiresAt)}.`;
}

const rescueReasons: Readonly<Record<string, string>> = {
  owner: ', on the word of its owner',
  moved_by_owner: ': its owner moved it out of the staging folder',
  rule_off: ', because its rule was switched off or deleted',
  whitelisted: ', because its sender is on a whitelist now',
  mailbox_left: ', because its owner was leaving',
  undone: ', because that it was staged was undone',
};

function rescueReasonOf({ cause }: AuditFacts): string {
  return rescueReasons[cause ?? ''] ?? '';
}

/** Rounded down: a number that sounds surer than it is would mislead. */
function numbersOf({ numbers }: AuditFacts): string {
  if (numbers === undefined) return '';
  const { sampleSize, exceptionCount, confidence } = numbers;
  return ` ${sampleSize - exceptionCount} of ${sampleSize} messages followed it: at least ${Math.floor(confidence)} % do, with 95 % certainty.`;
}

function madeRule({ rule }: AuditFacts): string {
  return rule === undefined ? '' : ` Its rule is ${quoted(rule.name)}.`;
}

function mailboxOf({ mailboxId, targetType, targetId }: StoredEntry, names: AuditNames): string {
  const id = mailboxId?.toHexString() ?? (targetType === 'mailbox' ? targetId : undefined);
  return `the mailbox ${(id === undefined ? undefined : names.mailbox(id)) ?? 'of an address that is not known any more'}`;
}

function isOfAll({ entry: { mailboxId, targetType } }: ToldEntry): boolean {
  return mailboxId === undefined && targetType !== 'mailbox';
}

function scopeOf(told: ToldEntry): string {
  return isOfAll(told) ? 'all mailboxes' : mailboxOf(told.entry, told.names);
}

function describeWhitelist({ entry, facts, names }: ToldEntry): string {
  const whose = entry.mailboxId === undefined ? 'the organization' : mailboxOf(entry, names);
  const { whitelistedSenders: senders, whitelistedDomains: domains } = facts.listsAfter ?? facts;
  const size =
    senders === undefined || domains === undefined ? '' : ` It has ${senders} addresses and ${domains} domains now.`;
  return `The whitelist of ${whose} was changed.${size}`;
}

function userOf({ entry, names }: Pick<ToldEntry, 'entry' | 'names'>): string {
  const email = entry.targetId === undefined ? undefined : names.user(entry.targetId);
  return email === undefined ? 'somebody who is not here any more' : `the user ${email}`;
}

const disconnectReasons: Readonly<Record<string, string>> = {
  by_user: ' by its owner',
  sign_in_required: ': Microsoft asks its owner to sign in again',
  tokens_unreadable: ': its tokens cannot be read with the keys that are set',
};

function disconnectReasonOf({ reason }: AuditFacts): string {
  return disconnectReasons[reason ?? ''] ?? '';
}
