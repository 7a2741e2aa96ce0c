import type { Types } from 'mongoose';
import { mailboxNotFound } from '../../lib/errors.ts';
import { type Aggressiveness, type IMailbox, Mailbox, User } from '../../models/index.ts';
import type { VoteContext } from '../detection/votes.ts';

type MailboxRow = { readonly _id: Types.ObjectId } & Pick<
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

/** A mailbox that is analyzed now. */
export interface AnalyzedMailbox {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly row: MailboxRow;
  readonly aggressiveness: Aggressiveness;
  readonly now: Date;
  readonly folderKindOf: VoteContext['folderKindOf'];
}

/** Why a mailbox is left alone. */
export type SkipReason = 'disconnected' | 'inactive';

/** Tells the places of a mailbox's folders. */
export type FolderKindsOf = (row: Pick<MailboxRow, 'folders' | 'stagingFolderId'>) => VoteContext['folderKindOf'];

/** @throws NotFoundError when there is no such mailbox */
export async function readAnalyzedMailbox(
  mailboxId: string,
  { now, folderKindsOf }: { readonly now: Date; readonly folderKindsOf: FolderKindsOf },
): Promise<AnalyzedMailbox | SkipReason> {
  const row = await Mailbox.findById(mailboxId, fields).lean<MailboxRow>();
  if (row === null) throw mailboxNotFound();
  if (!row.isConnected) return 'disconnected';
  const user = await User.findById(row.userId, 'isActive preferences').lean();
  if (user === null || !user.isActive) return 'inactive';
  const { aggressiveness } = user.preferences;
  return { userId: row.userId, mailboxId: row._id, row, aggressiveness, now, folderKindOf: folderKindsOf(row) };
}
