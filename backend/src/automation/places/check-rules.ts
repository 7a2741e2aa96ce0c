import type { Types } from 'mongoose';
import { type IMailbox, Mailbox, openStagingStatuses, Rule, StagedEmail } from '../../models/index.ts';
import { folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { actsIn } from '../../rules/organization/acceptance.ts';
import { knownPlaceFault, targetOf } from '../../rules/places/place-fault.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { pausedBy } from '../kill-switch.ts';
import { keepStagingFolder } from '../staging/staging-folder.ts';
import { withWriteLease, type WriteDeps, type WriteLease } from '../write-lease.ts';
import { placeRule } from './rule-target.ts';
import { resumeRule, suspendForPlace } from './suspend-rule.ts';

type FolderRow = Pick<IMailbox, 'folders' | 'stagingFolderId' | 'suspendedRules' | 'ruleAnswers'> & {
  readonly _id: Types.ObjectId;
};

/** Longer than others hold the write lease. */
const waitMs = 10_000;

/**
 * Looks at the folders of a mailbox's rules after they were synchronized: suspends rules whose folder was deleted before
 * a message comes, and lets rules go on whose folder is back. Puts back the staging folder if it was deleted with mail
 * in it. Asks Graph about doubtful folders only.
 * @throws MailboxBusyError; GraphError; what getToken throws; the signal's reason
 */
export async function checkRulePlaces(
  deps: WriteDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<void> {
  const { isConnected, ...mailbox } = await readRow(mailboxId);
  if (!isConnected) return;
  const isStagingDeleted = await hasDeletedStaging(mailbox);
  if (!isStagingDeleted && !(await hasDoubtful(mailbox))) return;
  await withWriteLease(deps, { mailboxId, signal, waitMs }, async (lease) => {
    await recheckRules(lease);
    if (isStagingDeleted && (await pausedBy(lease.mailboxId)) === undefined) await keepStagingFolder(lease);
  });
}

/**
 * Asks Graph about the folders of rules that are suspended, or that must be by what is known, and suspends them or lets
 * them go on.
 * @throws GraphError that may be temporary; the signal's reason
 */
export async function recheckRules(lease: WriteLease): Promise<void> {
  const mailbox = await readRow(lease.mailboxId);
  const rules = await readDoubtful(mailbox);
  const ruleIds = new Set(rules.map(({ _id }) => _id.toHexString()));
  const over = (mailbox.suspendedRules ?? []).filter(({ ruleId }) => !ruleIds.has(ruleId));
  if (over.length > 0) {
    const ruleId = isIn(over.map((suspended) => suspended.ruleId));
    await Mailbox.updateOne({ _id: mailbox._id }, { $pull: { suspendedRules: { ruleId } } });
  }
  for (const rule of rules) {
    lease.signal.throwIfAborted();
    const placed = await placeRule(lease, rule);
    await (placed.ok ? resumeRule(lease, rule) : suspendForPlace(lease, rule, placed.fault));
  }
}

function readRow(mailboxId: string | Types.ObjectId) {
  return Mailbox.findById(mailboxId, 'isConnected folders stagingFolderId suspendedRules ruleAnswers').orFail().lean();
}

/** By what is known, the staging folder lies below Deleted Items while mail waits in it. */
async function hasDeletedStaging({ _id: mailboxId, folders, stagingFolderId }: FolderRow): Promise<boolean> {
  if (stagingFolderId === undefined || folderKindFinder({ folders })(stagingFolderId) !== 'deleted') return false;
  return (await StagedEmail.exists({ mailboxId, status: isIn(openStagingStatuses) })) !== null;
}

async function hasDoubtful(mailbox: FolderRow): Promise<boolean> {
  return (mailbox.suspendedRules ?? []).length > 0 || (await readDoubtful(mailbox)).length > 0;
}

/** Enabled rules that are suspended in this mailbox, and those of its own whose folder is not usable as it is known. */
async function readDoubtful(mailbox: FolderRow): Promise<StoredRule[]> {
  const suspended = new Set(mailbox.suspendedRules?.map(({ ruleId }) => ruleId));
  const own = { mailboxId: mailbox._id, scope: 'user', isEnabled: true } as const;
  const organizations = { _id: isIn(suspended), scope: 'org', isEnabled: true } as const;
  const rules = await Rule.find(suspended.size === 0 ? own : { $or: [own, organizations] }).lean<StoredRule[]>();
  return rules.filter(
    (rule) =>
      (suspended.has(rule._id.toHexString()) && actsIn(rule, mailbox)) ||
      knownPlaceFault(targetOf(rule.actions, mailbox), mailbox) !== undefined,
  );
}
