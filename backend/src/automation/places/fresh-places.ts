import type { GraphClient } from '../../graph/client.ts';
import { GraphError } from '../../graph/errors.ts';
import type { MailFolder } from '../../graph/folders.ts';
import { defined } from '../../lib/defined.ts';
import { AppError } from '../../lib/errors.ts';
import { secondMs } from '../../lib/durations.ts';
import { type IMailFolder, Mailbox } from '../../models/index.ts';
import { isNot } from '../../models/store/query-operators.ts';
import { type FolderWords, unusableFolder, withFolderIds } from '../../rules/places/known-folders.ts';
import type { RuleFolders } from '../../rules/owned-mailbox.ts';
import { findFolder, type PlaceFault, type RuleTarget, targetOf } from '../../rules/places/place-fault.ts';
import { knownPlaces, type PlacedMailbox, type RulePlaces } from '../../rules/places/rule-places.ts';
import { FreshFolders } from './fresh-folders.ts';

interface PlacesDeps {
  readonly graphOf: (mailboxId: string) => GraphClient;
}

/** A person waits: after this, what is known of the folders decides. */
const patienceMs = 5 * secondMs;

/**
 * Checks the folders of rules against Graph as it is now, also those that were made since the last synchronization. When
 * Graph does not answer, the folders as they were last synchronized decide, and each move is checked anyway.
 */
export function freshPlaces(deps: PlacesDeps): RulePlaces {
  return {
    resolve: async (words, mailbox) => {
      const folders = await askFor(deps, mailbox, (fresh) => learn(fresh, words, mailbox));
      const resolved = withFolderIds(words, { ...mailbox, folders: folders ?? mailbox.folders });
      const target = targetOf([...(resolved.actions ?? [])], { folders: folders ?? mailbox.folders });
      const fault = await askFor(deps, mailbox, (fresh) => targetFault(fresh, target));
      if (fault !== undefined) throw unusableFolder(fault);
      return resolved;
    },
    require: async (actions, mailbox) => {
      const target = targetOf(actions, mailbox);
      const answer = await askFor(deps, mailbox, async (fresh) => ({ fault: await targetFault(fresh, target) }));
      if (answer === undefined) return knownPlaces.require(actions, mailbox);
      if (answer.fault !== undefined) throw unusableFolder(answer.fault);
    },
  };
}

/** @returns undefined when Graph cannot be asked now */
async function askFor<T>(
  { graphOf }: PlacesDeps,
  mailbox: PlacedMailbox,
  work: (fresh: FreshFolders) => Promise<T>,
): Promise<T | undefined> {
  const mailboxId = mailbox._id.toString();
  if ((await Mailbox.exists({ _id: mailboxId, isConnected: true })) === null) return undefined;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    return await work(new FreshFolders({ client: graphOf(mailboxId), signal }, mailbox));
  } catch (error) {
    if (signal.aborted || error instanceof GraphError || error instanceof AppError) return undefined;
    throw error;
  }
}

async function targetFault(fresh: FreshFolders, target: RuleTarget): Promise<PlaceFault | undefined> {
  if (target.kind === 'none') return undefined;
  const folderId = target.folderId ?? (await fresh.idOf('archive'));
  return folderId === undefined ? 'no_archive' : fresh.faultOf(folderId);
}

/** Adds the folders that a rule names by id, and the archive, if they were made since the last synchronization. */
async function learn(
  fresh: FreshFolders,
  { conditions, actions = [] }: FolderWords,
  { _id, folders }: PlacedMailbox,
): Promise<RuleFolders['folders']> {
  const named = [conditions?.fromFolder, ...actions.map(({ toFolder }) => toFolder)];
  const unknown = named.filter((text) => text !== undefined).filter((text) => isUnknownId(text, folders));
  const learned: IMailFolder[] = [];
  for (const id of new Set(unknown)) {
    const folder = await fresh.read(id);
    if (folder?.id === id && (await fresh.faultOf(id)) === undefined) learned.push(rowOf(folder, undefined));
  }
  if (actions.some(({ actionType }) => actionType === 'archive') && !folders.some(({ kind }) => kind === 'archive')) {
    const archive = await fresh.read('archive');
    if (archive !== undefined) learned.push(rowOf(archive, 'archive'));
  }
  for (const folder of learned) {
    const isNew = { _id: _id.toString(), 'folders.id': isNot(folder.id) };
    await Mailbox.updateOne(isNew, { $push: { folders: folder } });
  }
  return [...folders, ...learned];
}

/** Ids of folders are longer than any name of a folder is likely to be, and have no slash. */
function isUnknownId(text: string, folders: RuleFolders['folders']): boolean {
  const found = findFolder(text, folders);
  return !found.ok && found.fault === 'no_such_folder' && /^[\w=-]{20,}$/.test(text);
}

function rowOf({ id, displayName, parentFolderId }: MailFolder, kind: IMailFolder['kind']): IMailFolder {
  return defined<IMailFolder>({
    id,
    displayName: displayName ?? id,
    parentFolderId: parentFolderId ?? undefined,
    kind,
  });
}
