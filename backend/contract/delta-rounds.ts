import { CannotTell } from './assumption.ts';
import { type Fields, fieldsOf, listOf, textOf } from './fields.ts';
import { outcomeOf } from './graph.ts';
import { folderPath } from './sandbox.ts';
import { untilFound, type Workbench } from './workbench.ts';

/** The properties that MSEDB selects of a message. */
export const selected = [
  'id',
  'parentFolderId',
  'internetMessageId',
  'conversationId',
  'receivedDateTime',
  'lastModifiedDateTime',
  'subject',
  'from',
  'importance',
  'hasAttachments',
  'isRead',
  'isDraft',
  'flag',
  'categories',
  'internetMessageHeaders',
] as const;

interface Round {
  readonly items: readonly Fields[];
  /** Leads to what changes afterwards. */
  readonly link: string;
}

export function deltaOf(folderId: string): string {
  return `${folderPath(folderId)}/messages/delta?$select=${selected.join(',')}`;
}

/** Reads everything that a folder holds. */
export function newRound(bench: Workbench, folderId: string): Promise<Round> {
  return readAll(bench, deltaOf(folderId));
}

/** Reads changes until they are enough, for Graph shows them late. @throws CannotTell when they do not come */
export function readRound(
  bench: Workbench,
  link: string,
  isEnough: (items: readonly Fields[]) => boolean,
): Promise<Round> {
  const items: Fields[] = [];
  let next = link;
  return untilFound(bench.waiting, async () => {
    const round = await readAll(bench, next);
    items.push(...round.items);
    next = round.link;
    return isEnough(items) ? { items, link: next } : undefined;
  });
}

/** The first change of a message after `link`. @throws CannotTell when there is none */
export async function changeOf(bench: Workbench, link: string, id: string): Promise<Fields> {
  const { items } = await readRound(bench, link, (seen) => seen.some((item) => item['id'] === id));
  return items.find((item) => item['id'] === id) ?? {};
}

/** The reason for which a change says that its message is gone. */
export function reasonOf(change: Fields): string {
  return textOf(fieldsOf(change['@removed'])['reason']) ?? 'not removed';
}

/** Follows the links from page to page. */
export async function readAll({ graph }: Workbench, pathOrLink: string): Promise<Round> {
  const items: Fields[] = [];
  let next = pathOrLink;
  for (;;) {
    const answer = await graph.call('GET', next);
    if (answer.status !== 200) throw new CannotTell(`delta was refused: ${outcomeOf(answer)}`);
    items.push(...listOf(answer.body['value']));
    const link = textOf(answer.body['@odata.deltaLink']);
    if (link !== undefined) return { items, link };
    const following = textOf(answer.body['@odata.nextLink']);
    if (following === undefined) throw new CannotTell('a page had no link');
    next = following;
  }
}
