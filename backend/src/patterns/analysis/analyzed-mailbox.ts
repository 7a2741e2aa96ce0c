import type { Types } from 'mongoose';
import { NotFoundError } from '../../lib/errors.ts';
import { type Aggressiveness, type IMailbox, Mailbox, User } from '../../models/index.ts';
import { readWhitelist, type Whitelist } from '../../rules/whitelist.ts';
import type { VoteContext } from '../detection/votes.ts';

type AnalyzedRow = { readonly _id: Types.ObjectId } & Pick<
  IMailbox,
  | 'userId'
  | 'email'
  | 'isConnected'
  | 'folders'
  | 'stagingFolderId'
  | 'blindWindows'
  | 'syncProgress'
  | 'lastAnalyzedAt'
  | 'analysis'
  | 'settings'
>;

const fields =
  'userId email isConnected folders stagingFolderId blindWindows syncProgress lastAnalyzedAt analysis settings';

/** The mailbox of one analysis, with the facts that votes and thresholds depend on. */
export interface AnalyzedMailbox {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly row: AnalyzedRow;
  /** The owner's and the organization's. */
  readonly whitelist: Whitelist;
  readonly aggressiveness: Aggressiveness;
  /** Our time. */
  readonly now: Date;
  /** Converts our time to Graph's, in which mail and events are dated. */
  readonly inGraphTime: (ours: Date) => Date;
  readonly folderKindOf: VoteContext['folderKindOf'];
}

/** Why a mailbox is skipped. */
export type SkipReason = 'disconnected' | 'inactive';

/** Returns a function that tells the kind of each folder of a mailbox. */
export type FolderKindsOf = (row: Pick<AnalyzedRow, 'folders' | 'stagingFolderId'>) => VoteContext['folderKindOf'];

/** Reads a mailbox for analysis, or why it is skipped. @throws NotFoundError when the mailbox does not exist */
export async function readAnalyzedMailbox(
  mailboxId: string,
  {
    now,
    inGraphTime,
    folderKindsOf,
  }: Pick<AnalyzedMailbox, 'now' | 'inGraphTime'> & {
    readonly folderKindsOf: FolderKindsOf;
  },
): Promise<AnalyzedMailbox | SkipReason> {
  const row = await Mailbox.findById(mailboxId, fields).lean<AnalyzedRow>();
  if (row === null) throw new NotFoundError(`Mailbox ${mailboxId} does not exist`);
  if (!row.isConnected) return 'disconnected';
  const user = await User.findById(row.userId, 'isActive preferences').lean();
  if (user === null || !user.isActive) return 'inactive';
  const { aggressiveness } = user.preferences;
  const whitelist = await readWhitelist(row.settings);
  const facts = { row, whitelist, aggressiveness, now, inGraphTime, folderKindOf: folderKindsOf(row) };
  return { userId: row.userId, mailboxId: row._id, ...facts };
}
