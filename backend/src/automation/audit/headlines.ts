import type { IAuditLog } from '../../models/index.ts';
import { nameRule } from '../../rules/rule-name.ts';
import type { AuditFacts } from './facts.ts';
import type { AuditNames } from './names.ts';
import type { FolderName } from '../../rules/rule-name.ts';
import type { StoredEntry } from './queries.ts';
import { formatTime, quoted } from './words.ts';

/** An entry with its facts and the names that it refers to. */
export interface EntryContext {
  readonly entry: StoredEntry;
  readonly facts: AuditFacts;
  readonly names: AuditNames;
  readonly folderName: FolderName;
}

/** For each action: a function that describes it in one or two sentences. */
export const headlines: Readonly<Record<IAuditLog['action'], (context: EntryContext) => string>> = {
  rule_created: (context) =>
    `${capitalized(ruleOf(context))} was created.${describeRule(context.facts.ruleAfter, context)}`,
  rule_updated: (context) => describeUpdate(context),
  rule_deleted: (context) =>
    `${capitalized(ruleOf(context))} was deleted.${describeRule(context.facts.ruleBefore, context)}`,
  rule_executed: (context) =>
    `${capitalized(ruleOf(context))} acted on a message${context.facts.cause === 'run' ? ' during a run over existing mail' : ''}.`,
  rule_suspended: (context) => `${capitalized(ruleOf(context))} was suspended.`,
  rule_resumed: (context) => `${capitalized(ruleOf(context))} goes on after it was suspended.`,
  rule_accepted: (context) =>
    `${capitalized(ruleOf(context))} was accepted: it may act in ${mailboxOf(context.entry, context.names)}.`,
  rule_declined: (context) =>
    `${capitalized(ruleOf(context))} was declined: it does nothing in ${mailboxOf(context.entry, context.names)}.`,
  rule_run: (context) => `${capitalized(ruleOf(context))} was applied to ${messagesOf(context.facts)}.`,
  rules_reordered: ({ entry, facts, names }) =>
    facts.scope === 'org'
      ? 'The order of the rules of the organization was changed.'
      : `The order of the rules of ${mailboxOf(entry, names)} was changed.`,
  email_staged: (context) =>
    `${capitalized(ruleOf(context))} moved a message to the staging folder.${dueOf(context.facts)}`,
  email_found: ({ facts }) =>
    `A message was found in the staging folder without a record, and was given a new grace period.${dueOf(facts)}`,
  email_executed: ({ facts }) =>
    facts.cause === 'owner'
      ? "A staged message was deleted immediately at the owner's request."
      : 'A staged message was deleted because its time in staging was over.',
  email_rescued: ({ facts }) => `A staged message was rescued${rescueReasonOf(facts)}.`,
  undo_action: () => 'An earlier action on a message was undone.',
  pattern_detected: (context) => `A pattern was detected.${numbersOf(context.facts)}`,
  pattern_suggested: (context) => `A pattern was suggested.${numbersOf(context.facts)}`,
  pattern_approved: (context) => `A pattern was approved.${numbersOf(context.facts)}${madeRule(context.facts)}`,
  pattern_customized: (context) =>
    `A pattern was approved with changes.${numbersOf(context.facts)}${madeRule(context.facts)}`,
  pattern_rejected: (context) => `A pattern was rejected.${numbersOf(context.facts)}`,
  pattern_withdrawn: () => 'The approval of a pattern was withdrawn, and its rule is no longer active.',
  pattern_reconsidered: () => 'The rejection of a pattern was taken back: it is a suggestion again.',
  pattern_expired: (context) => `A pattern no longer holds.${numbersOf(context.facts)}`,
  automation_paused: (context) =>
    `Automation of ${scopeOf(context)} was paused: MSEDB changes nothing in ${isOfAll(context) ? 'them' : 'it'}.`,
  automation_resumed: (context) => `Automation of ${scopeOf(context)} was resumed.`,
  whitelist_updated: (context) => describeWhitelist(context),
  user_invited: (context) =>
    `${capitalized(userOf(context))} was invited${context.facts.role === undefined ? '' : `, as ${context.facts.role}`}.`,
  user_invitation_withdrawn: () => 'An invitation was withdrawn before anybody had signed in with it.',
  user_address_released: (context) =>
    `${capitalized(userOf(context))} was deactivated and gave up their address: it can be invited again.`,
  user_renamed: ({ facts }) =>
    `The address of the user changed at Microsoft${facts.from === undefined ? '' : ` from ${facts.from}`}${facts.to === undefined ? '' : ` to ${facts.to}`}.`,
  user_rebound: (context) =>
    `${capitalized(userOf(context))} was bound to another Microsoft account by the operator of this service.`,
  user_role_changed: ({ facts: { from, to }, ...context }) =>
    `The role of ${userOf(context)} was changed${from === undefined || to === undefined ? '' : ` from ${from} to ${to}`}.`,
  user_deactivated: (context) =>
    `${capitalized(userOf(context))} was deactivated: they cannot sign in, and their mailboxes are not processed.`,
  user_reactivated: (context) => `${capitalized(userOf(context))} was reactivated.`,
  account_deleted: () => 'An account and all its data were deleted.',
  mailbox_connected: ({ entry, names }) => `${capitalized(mailboxOf(entry, names))} was connected.`,
  mailbox_disconnected: ({ entry, names, facts }) =>
    `${capitalized(mailboxOf(entry, names))} was disconnected${disconnectReasonOf(facts)}.`,
  mailbox_purged: () => 'A mailbox and all its data were deleted.',
  mailbox_renamed: ({ facts }) =>
    `The address of a mailbox changed at Microsoft${facts.from === undefined ? '' : ` from ${facts.from}`}${facts.to === undefined ? '' : ` to ${facts.to}`}. Its rules and history are kept.`,
  mailbox_access_changed: ({ entry, names, facts }) =>
    facts.to === 'act'
      ? `${capitalized(mailboxOf(entry, names))} may be changed by MSEDB again: its rules go on.`
      : `MSEDB only looks at ${mailboxOf(entry, names)} from now on: its rules are suspended.`,
  mailbox_merged: ({ entry, names }) =>
    `Two entries of ${mailboxOf(entry, names)} were merged into one by the operator of this service.`,
  mailbox_rebound: ({ entry, names }) =>
    `${capitalized(mailboxOf(entry, names))} was bound to another Microsoft account by the operator of this service: it must be connected again.`,
};

/** Returns a number with its noun, such as "1 domain" and "2 domains". */
function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names the rule, such as "the rule “News” (version 3)". */
function ruleOf({ entry, facts, names }: EntryContext): string {
  const ruleId = facts.ruleId ?? (entry.targetType === 'rule' ? entry.targetId : undefined);
  const { name: snapshot, version } = facts.ruleAfter ?? facts.ruleBefore ?? { name: undefined, version: undefined };
  const name = facts.ruleName ?? facts.name ?? snapshot ?? (ruleId === undefined ? undefined : names.rule(ruleId));
  const shownVersion = facts.ruleVersion ?? version;
  const isActing = facts.scope === 'org' && entry.targetType === 'email';
  const whose = facts.scope === 'org' && !isActing ? ' of the organization' : '';
  const noun = isActing ? "your organization's rule" : 'the rule';
  return `${name === undefined ? 'a rule' : `${noun} ${quoted(name)}`}${whose}${shownVersion === undefined ? '' : ` (version ${shownVersion})`}`;
}

function messagesOf({ messages }: AuditFacts): string {
  return messages === undefined ? 'existing mail' : counted(messages, 'existing message');
}

type Snapshot = NonNullable<AuditFacts['ruleAfter']>;

/** Describes the rule's effect, such as "Move mail of news@example.com to Reading". */
function definitionOf({ conditions, actions, trigger }: Snapshot, folderName: FolderName): string {
  return actions
    .map((action) => nameRule({ conditions, action, ...(trigger === undefined ? {} : { trigger }) }, folderName))
    .join('; ');
}

function describeRule(rule: Snapshot | undefined, { folderName }: EntryContext): string {
  return rule === undefined ? '' : ` Definition: ${definitionOf(rule, folderName)}.`;
}

function describeUpdate(context: EntryContext): string {
  const { ruleBefore: before, ruleAfter: after } = context.facts;
  const rule = capitalized(ruleOf(context));
  if (before === undefined || after === undefined) return `${rule} was changed.`;
  const switched = before.isEnabled === after.isEnabled ? 'changed' : `switched ${after.isEnabled ? 'on' : 'off'}`;
  const renamed = before.name === after.name ? '' : ` Its previous name was ${quoted(before.name)}.`;
  const [old, current] = [definitionOf(before, context.folderName), definitionOf(after, context.folderName)];
  const definition = ` Definition: ${current}.${old === current ? '' : ` Previously: ${old}.`}`;
  return `${rule} was ${switched}.${renamed}${definition}`;
}

function dueOf({ expiresAt }: AuditFacts): string {
  return expiresAt === undefined ? '' : ` Its deletion was scheduled for ${formatTime(expiresAt)}.`;
}

const rescueReasons: Readonly<Record<string, string>> = {
  owner: " at its owner's request",
  moved_by_owner: ': its owner moved it out of the staging folder',
  rule_off: ' because its rule was switched off, deleted, declined or not accepted',
  whitelisted: ' because its sender is on a whitelist now',
  mailbox_left: ' because its mailbox was being disconnected',
  look_only: ' because MSEDB was to change nothing in its mailbox any more',
  undone: ' because its staging was undone',
};

function rescueReasonOf({ cause }: AuditFacts): string {
  return rescueReasons[cause ?? ''] ?? '';
}

/** Rounds down: a higher number would claim more certainty than there is. */
function numbersOf({ numbers }: AuditFacts): string {
  if (numbers === undefined) return '';
  // in older entries the confidence is the lower bound
  const { sampleSize, exceptionCount, confidence, lowerBound = confidence } = numbers;
  return ` ${sampleSize - exceptionCount} of ${sampleSize} messages followed it; the lower bound of the rate is ${Math.floor(lowerBound)} % at 95 % confidence.`;
}

function madeRule({ rule }: AuditFacts): string {
  return rule === undefined ? '' : ` This created the rule ${quoted(rule.name)}.`;
}

function mailboxOf({ mailboxId, targetType, targetId }: StoredEntry, names: AuditNames): string {
  const id = mailboxId?.toHexString() ?? (targetType === 'mailbox' ? targetId : undefined);
  const email = id === undefined ? undefined : names.mailbox(id);
  return email === undefined ? 'an unknown mailbox' : `the mailbox ${email}`;
}

function isOfAll({ entry: { mailboxId, targetType } }: EntryContext): boolean {
  return mailboxId === undefined && targetType !== 'mailbox';
}

function scopeOf(context: EntryContext): string {
  return isOfAll(context) ? 'all mailboxes' : mailboxOf(context.entry, context.names);
}

function describeWhitelist({ entry, facts, names }: EntryContext): string {
  const whose = entry.mailboxId === undefined ? 'the organization' : mailboxOf(entry, names);
  const { whitelistedSenders: senders, whitelistedDomains: domains } = facts.listsAfter ?? facts;
  const size =
    senders === undefined || domains === undefined
      ? ''
      : ` It now has ${counted(senders, 'address', 'addresses')} and ${counted(domains, 'domain')}.`;
  return `The whitelist of ${whose} was changed.${size}`;
}

function userOf({ entry, names }: Pick<EntryContext, 'entry' | 'names'>): string {
  const email = entry.targetId === undefined ? undefined : names.user(entry.targetId);
  return email === undefined ? 'a deleted user' : `the user ${email}`;
}

const disconnectReasons: Readonly<Record<string, string>> = {
  by_user: ' by its owner',
  sign_in_required: ': Microsoft requires its owner to sign in again',
  tokens_unreadable: ': its tokens cannot be decrypted with the configured keys',
};

function disconnectReasonOf({ reason }: AuditFacts): string {
  return disconnectReasons[reason ?? ''] ?? '';
}
