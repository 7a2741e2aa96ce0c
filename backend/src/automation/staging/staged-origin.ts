import { AuditLog, EmailEvent, MessageState } from '../../models/index.ts';
import { deletedKinds } from '../../models/fields/folder-kinds.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { mailActionOf } from '../action-log.ts';
import type { StoredEntry } from '../audit/queries.ts';
import type { StagingAct } from './find-staged.ts';
import type { StagingContext } from './staging-context.ts';

/** The origin of a message that was found in the staging folder. */
export interface StagedOrigin {
  /** Id of the folder to which a rescue brings it back. */
  readonly folderId: string;
  /** The act that staged it, if the action log has it and nothing was done with the message since. */
  readonly act: StagingAct | undefined;
}

const actsOnStaged = ['email_staged', 'email_executed', 'email_rescued', 'undo_action'] as const;

/**
 * Reads where messages came from before they lay in the staging folder: from the action log, else from their last known
 * folder, else from their events, else from the inbox.
 * @returns the origin of each message, by message id
 * @throws GraphError; the signal's reason
 */
export async function readStagedOrigins(
  context: StagingContext,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, StagedOrigin>> {
  const [acts, folders] = [await lastActsOn(context, messageIds), await lastFoldersOf(context, messageIds)];
  const inbox = await context.builtIn('inbox');
  return new Map(
    messageIds.map((id) => {
      const act = acts.get(id);
      return [id, { act, folderId: act?.details.before.folderId ?? folders.get(id) ?? inbox }];
    }),
  );
}

async function lastActsOn(
  { lease: { mailboxId } }: StagingContext,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, StagingAct>> {
  const done = { targetType: 'email' as const, targetId: isIn(messageIds), 'details.result': 'done' };
  const rows = await AuditLog.find({ ...done, mailboxId, action: isIn(actsOnStaged) })
    .sort({ createdAt: 1, _id: 1 })
    .lean<StoredEntry[]>();
  const newest = new Map(rows.map((row) => [row.targetId, mailActionOf(row)]));
  return new Map(
    messageIds.flatMap((id) => {
      const act = newest.get(id);
      return act?.action === 'email_staged' ? [[id, act] as const] : [];
    }),
  );
}

/** Reads the last known folder outside of staging and Deleted Items. A state counts for more than an event. */
async function lastFoldersOf(
  { lease: { userId, mailboxId }, folderKindOf }: StagingContext,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const messageId = isIn(messageIds);
  const [events, states] = await Promise.all([
    EmailEvent.find(
      { userId, mailboxId, messageId, eventType: isIn(['arrived', 'moved']) },
      'messageId fromFolder toFolder timestamp',
    )
      .sort({ timestamp: 1 })
      .lean(),
    MessageState.find({ mailboxId, messageId }, 'messageId folderId').lean(),
  ]);
  const seen = [
    ...events.flatMap(({ messageId: id, fromFolder, toFolder }) => [
      { id, folderId: fromFolder },
      { id, folderId: toFolder },
    ]),
    ...states.map(({ messageId: id, folderId }) => ({ id, folderId })),
  ];
  const folders = new Map<string, string>();
  for (const { id, folderId } of seen) {
    if (folderId === undefined) continue;
    const kind = await folderKindOf(folderId);
    if (kind !== 'staging' && !deletedKinds.has(kind)) folders.set(id, folderId);
  }
  return folders;
}
