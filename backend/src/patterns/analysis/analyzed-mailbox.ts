import type { Types } from 'mongoose';
import { NotFoundError } from '../../lib/errors.ts';
import { type Aggressiveness, type IMailbox, Mailbox, User } from '../../models/index.ts';
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
  readonly aggressiveness: Aggressiveness;
  readonly now: Date;
  readonly folderKindOf: VoteContext['folderKindOf'];
}

/** Why a mailbox is skipped. */
export type SkipReason = 'disconnected' | 'inactive';

/** Returns a function that tells the kind of each folder of a mailbox. */
export type FolderKindsOf = (row: Pick<AnalyzedRow, 'folders' | 'stagingFolderId'>) => VoteContext['folderKindOf'];

/** Reads a mailbox for analysis, or why it is skipped. @throws NotFoundError when the mailbox does not exist */
export async function readAnalyzedMailbox(
  mailboxId: string,
  { now, folderKindsOf }: { readonly now: Date; readonly folderKindsOf: FolderKindsOf },
): Promise<AnalyzedMailbox | SkipReason> {
  const row = await Mailbox.findById(mailboxId, fields).lean<AnalyzedRow>();
  if (row === null) throw new NotFoundError(`Mailbox ${mailboxId} does not exist`);
  if (!row.isConnected) return 'disconnected';
  const user = await User.findById(row.userId, 'isActive preferences').lean();
  if (user === null || !user.isActive) return 'inactive';
  const { aggressiveness } = user.preferences;
  return { userId: row.userId, mailboxId: row._id, row, aggressiveness, now, folderKindOf: folderKindsOf(row) };
}
