import type { Types } from 'mongoose';
import { identityOfRow } from '../auth/mailboxes/mailbox-identity.ts';
import { sealedCache, vaultContext } from '../auth/tokens/token-cache.ts';
import type { TokenVault } from '../auth/tokens/token-vault.ts';
import { minuteMs } from '../lib/durations.ts';
import { EmailEvent, type IMailbox, Mailbox, Rule } from '../models/index.ts';
import { auditOnce } from '../models/store/audit-once.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { recordOrgEntry } from '../models/store/org-log.ts';
import { MailboxLease } from '../models/store/mailbox-lease.ts';
import { type MergePair, mergeRows } from './merge-rows.ts';

type MailboxRow = IMailbox & { readonly _id: Types.ObjectId };

export interface MergeOptions {
  /** Decrypts tokens, which say whose mailbox an older row is; undefined when no keys are configured. */
  readonly vault: TokenVault | undefined;
  /** False: only shows what would be merged. */
  readonly apply: boolean;
  /** Two rows that an admin knows to be one mailbox, by their ids: for rows without readable tokens. */
  readonly pair?: readonly [string, string] | undefined;
  readonly print: (line: string) => void;
}

/**
 * Finds mailboxes that a user has in more than one row, and merges them into the oldest.
 * @returns the exit code: 1 when something is left to be merged
 * @throws Error when a mailbox is in use, or a named pair is not one mailbox
 */
export async function mergeMailboxes(options: MergeOptions): Promise<0 | 1> {
  const { vault, apply, print, pair } = options;
  const pairs = pair === undefined ? await findPairs(options) : [await checkPair(vault, pair)];
  for (const found of pairs) {
    print(await describePair(found));
    if (apply) await mergePair(vault, found);
  }
  if (pairs.length === 0) print('No mailbox has more than one row.');
  else if (apply) print(`${pairs.length} merged.`);
  else print('Nothing was changed; npm run mailboxes:merge -- --apply merges them. Back up first.');
  return pairs.length > 0 && !apply ? 1 : 0;
}

async function findPairs({ vault, print }: MergeOptions): Promise<MergePair[]> {
  const first = new Map<string, Types.ObjectId>();
  const pairs: MergePair[] = [];
  const rows = Mailbox.find({}, 'userId tenantId objectId msalCache').sort({ _id: 1 }).lean().cursor();
  for await (const row of rows) {
    const identity = identityOfRow(vault, row);
    if (identity === undefined) {
      print(`mailbox ${row._id.toHexString()}: its account is unknown until its owner signs in (no readable tokens)`);
      continue;
    }
    const key = [row.userId.toHexString(), identity.tenantId, identity.objectId].join(' ');
    const into = first.get(key);
    if (into === undefined) first.set(key, row._id);
    else pairs.push({ userId: row.userId, from: row._id, into });
  }
  return pairs;
}

async function checkPair(vault: TokenVault | undefined, ids: readonly [string, string]): Promise<MergePair> {
  const rows = await Promise.all(ids.map((id) => Mailbox.findById(id).lean()));
  const [older, newer] = rows.toSorted((a, b) => String(a?._id).localeCompare(String(b?._id)));
  if (older === null || newer === null || older === undefined || newer === undefined || older._id.equals(newer._id))
    throw new Error('--pair names no two mailboxes');
  if (!older.userId.equals(newer.userId))
    throw new Error('These mailboxes belong to different users: nothing is merged');
  const [one, other] = [identityOfRow(vault, older), identityOfRow(vault, newer)];
  const isOne =
    one === undefined || other === undefined || (one.tenantId === other.tenantId && one.objectId === other.objectId);
  if (!isOne) throw new Error('These are mailboxes of different Microsoft accounts: nothing is merged');
  return { userId: older.userId, from: newer._id, into: older._id };
}

async function describePair({ from, into }: MergePair): Promise<string> {
  const [one, other] = await Promise.all([from, into].map((id) => describeRow(id)));
  return `mailbox ${other} <- ${one}`;
}

async function describeRow(mailboxId: Types.ObjectId): Promise<string> {
  const [rules, events] = await Promise.all([
    Rule.countDocuments({ mailboxId }),
    EmailEvent.countDocuments({ mailboxId }),
  ]);
  return `${mailboxId.toHexString()} (rules: ${rules}, events: ${events})`;
}

/** Nothing may read or write the mailbox meanwhile, so both rows are held. */
async function mergePair(vault: TokenVault | undefined, pair: MergePair): Promise<void> {
  const leases: MailboxLease[] = [];
  try {
    for (const mailboxId of [pair.from, pair.into]) {
      for (const field of ['syncLease', 'writeLease'] as const) {
        const lease = await MailboxLease.acquire({ field, mailboxId, clock: Date.now, leaseMs: minuteMs });
        if (lease === undefined)
          throw new Error(`mailbox ${mailboxId.toHexString()} is in use: stop the service, or try again in a minute`);
        leases.push(lease);
      }
    }
    await mergeRows(pair);
    await mergeMailbox(vault, pair);
  } finally {
    for (const lease of leases) await lease.release();
  }
}

/** The row that stays keeps its id; the address of the newer row, which is the later one, is taken over. */
async function mergeMailbox(vault: TokenVault | undefined, { userId, from, into }: MergePair): Promise<void> {
  const [gone, kept] = await Promise.all([
    Mailbox.findById(from).lean<MailboxRow>().orFail(),
    Mailbox.findById(into).lean<MailboxRow>().orFail(),
  ]);
  const identity = identityOfRow(vault, kept) ?? identityOfRow(vault, gone);
  const isLater = (gone.lastSyncAt?.getTime() ?? 0) > (kept.lastSyncAt?.getTime() ?? 0);
  const connection = connectionOf(vault, kept, gone);
  await Mailbox.updateOne(
    { _id: into },
    {
      $set: {
        ...(isLater ? syncOf(gone) : {}),
        ...connection,
        ...settingsOf(kept, gone),
        ruleAnswers: answersOf(kept, gone),
      },
      ...(connection !== undefined && { $unset: { disconnectedAt: 1, disconnectReason: 1, tokenRefusal: 1 } }),
      $inc: { msalCacheVersion: 1 },
    },
  );
  await recordMerge({ userId, from, into }, { from: kept.email, to: gone.email });
  await Mailbox.deleteOne({ _id: from }); // before the other takes its address and identity
  await Mailbox.updateOne({ _id: into }, { $set: { email: gone.email, ...identity } });
}

/** Written before the row goes, and once: the command is repeated after a crash, and finds the two rows again. */
async function recordMerge({ userId, from, into }: MergePair, details: { from: string; to: string }): Promise<void> {
  const _id = deterministicId(new Date(0), ['merged', from.toHexString(), into.toHexString()]);
  const target = { targetType: 'mailbox', targetId: into.toHexString() } as const;
  await auditOnce({ _id, userId, mailboxId: into, action: 'mailbox_merged', ...target, details });
  await recordOrgEntry({ _id, kind: 'mailbox_merged', about: userId });
}

/** Where reading goes on: with the row that has read further. */
function syncOf({ deltaLinks, fullRounds, folders, lastSyncAt, nextSyncAt, stagingFolderId }: MailboxRow) {
  return {
    deltaLinks,
    fullRounds,
    folders,
    ...(lastSyncAt !== undefined && { lastSyncAt }),
    ...(nextSyncAt !== undefined && { nextSyncAt }),
    ...(stagingFolderId !== undefined && { stagingFolderId }),
  };
}

/** Tokens are sealed for their row. Those that cannot be read are left: the owner connects the mailbox again. */
function connectionOf(vault: TokenVault | undefined, kept: MailboxRow, gone: MailboxRow) {
  if (kept.isConnected || !gone.isConnected || gone.msalCache === undefined) return undefined;
  if (vault === undefined || identityOfRow(vault, { _id: gone._id, msalCache: gone.msalCache }) === undefined)
    return undefined;
  const serialized = vault.open(gone.msalCache, vaultContext(gone._id));
  const { connectedAt } = gone;
  return {
    ...sealedCache(vault, kept._id, serialized),
    isConnected: true,
    ...(connectedAt !== undefined && { connectedAt }),
  };
}

/** A rule of the organization that was declined in one of the rows stays declined; of two acceptances the later definition counts. */
function answersOf({ ruleAnswers: kept = [] }: MailboxRow, { ruleAnswers: gone = [] }: MailboxRow) {
  const byRule = new Map(kept.map((answer) => [answer.ruleId, answer]));
  for (const answer of gone) {
    const other = byRule.get(answer.ruleId);
    const isLater = other?.answer === 'accepted' && answer.version > other.version;
    if (other === undefined || answer.answer === 'declined' || isLater) byRule.set(answer.ruleId, answer);
  }
  return [...byRule.values()];
}

/**
 * Whichever row was more careful is followed: a kill switch stays on, a protected sender stays protected, and a mailbox
 * that is only looked at stays so.
 */
function settingsOf(keptRow: MailboxRow, goneRow: MailboxRow) {
  const { settings: kept, watchedSince } = keptRow;
  const { settings: gone, watchedSince: other } = goneRow;
  const isNarrowed = goneRow.access === 'look' && keptRow.access !== 'look';
  const since = [watchedSince, other].flatMap((date) => (date === undefined ? [] : [date.getTime()]));
  return {
    'settings.automationPaused': kept.automationPaused || gone.automationPaused,
    'settings.whitelistedSenders': [...new Set([...kept.whitelistedSenders, ...gone.whitelistedSenders])],
    'settings.whitelistedDomains': [...new Set([...kept.whitelistedDomains, ...gone.whitelistedDomains])],
    ...(isNarrowed && { access: 'look', accessSince: goneRow.accessSince ?? new Date() }),
    ...(since.length > 0 && { watchedSince: new Date(Math.min(...since)) }),
  };
}
