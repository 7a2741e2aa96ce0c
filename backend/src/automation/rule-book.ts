import { type IMailbox, Mailbox, Rule } from '../models/index.ts';
import { folderKindFinder } from '../models/fields/folder-kinds.ts';
import { actsIn } from '../rules/organization/acceptance.ts';
import type { RuleBook } from '../rules/engine.ts';
import type { StoredRule } from '../rules/stored-rule.ts';
import { orderedRules } from '../rules/order.ts';
import { findFolder } from '../rules/places/place-fault.ts';
import type { WriteLease } from './write-lease.ts';
import { isWhitelisted, readWhitelist } from '../rules/whitelist.ts';

/** The facts of a mailbox that rules depend on, read once for many messages. */
export interface MailboxRules extends RuleBook {
  /** Ids of the rules that are suspended because of their folder. */
  readonly suspended: ReadonlySet<string>;
  /** Returns the time up to which the moments of a timed rule are handled; undefined before its first. */
  readonly timedUntil: (rule: Pick<StoredRule, '_id' | 'version'>) => Date | undefined;
  readonly archiveFolderId: string | undefined;
  readonly inboxId: string | undefined;
}

/** Reads the rules in force for a mailbox, without the organization's that its owner must accept or declined, and the senders that they must not touch. */
export async function readRuleBook({
  userId,
  mailboxId,
}: Pick<WriteLease, 'userId' | 'mailboxId'>): Promise<MailboxRules> {
  const fields = 'folders stagingFolderId settings ruleOrder suspendedRules ruleAnswers timedRules';
  const mailbox = await Mailbox.findById(mailboxId, fields).orFail().lean();
  const [own, organizations, whitelist] = await Promise.all([
    Rule.find({ userId, mailboxId, isEnabled: true, scope: 'user' }).lean<StoredRule[]>(),
    Rule.find({ scope: 'org', isEnabled: true }).lean<StoredRule[]>(),
    readWhitelist(mailbox.settings),
  ]);
  const accepted = organizations.filter((rule) => actsIn(rule, mailbox));
  return {
    rules: [
      ...orderedRules(own, mailbox.ruleOrder),
      ...orderedRules(accepted, undefined).flatMap((rule) => withFolderIds(rule, mailbox)),
    ],
    isProtected: ({ sender }) => isWhitelisted(whitelist, sender),
    folderKindOf: folderKindFinder(mailbox),
    suspended: new Set(mailbox.suspendedRules?.map(({ ruleId }) => ruleId)),
    timedUntil: ({ _id, version }) =>
      mailbox.timedRules?.find((timed) => timed.ruleId === _id.toHexString() && timed.version === version)?.until,
    archiveFolderId: mailbox.folders.find(({ kind }) => kind === 'archive')?.id,
    inboxId: mailbox.folders.find(({ kind }) => kind === 'inbox')?.id,
  };
}

/** A rule of the organization names a folder by path. In a mailbox without that folder, it matches nothing. */
function withFolderIds(rule: StoredRule, { folders }: Pick<IMailbox, 'folders'>): StoredRule[] {
  const { conditions } = rule;
  if (conditions?.fromFolder === undefined) return [rule];
  const found = findFolder(conditions.fromFolder, folders);
  return found.ok ? [{ ...rule, conditions: { ...conditions, fromFolder: found.id } }] : [];
}
