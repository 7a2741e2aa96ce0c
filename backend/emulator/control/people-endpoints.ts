import { z } from 'zod';
import { graphTime } from '../clock.ts';
import { linkRefusals } from '../graph/link-refusals.ts';
import { type Params, param } from '../http/router.ts';
import { otherActors } from '../ledgers/truth.ts';
import { burstDeeds } from '../mailbox/bursts.ts';
import type { Folder } from '../mailbox/folder.ts';
import { builtInFolders } from '../mailbox/folder-names.ts';
import type { FolderTree } from '../mailbox/folder-tree.ts';
import type { EmulatorParts } from '../parts.ts';
import type { Person } from '../people.ts';
import { type Endpoints, nothing } from './endpoint.ts';
import { perform, personAction } from './person-actions.ts';

const newPerson = z.strictObject({
  email: z.email(),
  name: z.string().optional(),
  tenantId: z.guid().optional(),
  mail: z.string().nullable().optional(),
  userPrincipalName: z.string().optional(),
  guestOf: z.string().optional(),
  folders: z.array(z.string()).optional(),
  hasMailbox: z.boolean().optional(),
  language: z.enum(['en', 'de', 'nl']).optional(),
  without: z.array(z.enum(builtInFolders)).optional(),
  usualFolders: z.boolean().optional(),
  searchFolder: z.boolean().optional(),
});

const accountChanges = z.strictObject({
  email: z.email().optional(),
  mail: z.string().nullable().optional(),
  userPrincipalName: z.string().optional(),
  hasMailbox: z.boolean().optional(),
});

const burst = z.strictObject({
  do: z.enum(burstDeeds),
  by: z.enum([...otherActors, 'person']).optional(),
  to: z.string().optional(),
  categories: z.array(z.string()).optional(),
  messages: z.array(z.string()).optional(),
  folder: z.string().optional(),
  from: z.string().optional(),
  olderThanDays: z.number().nonnegative().optional(),
  limit: z.number().int().positive().optional(),
});

const decay = z.strictObject({ how: z.enum(linkRefusals).optional() });

const inboxRule = z.strictObject({
  displayName: z.string(),
  sequence: z.number().optional(),
  isEnabled: z.boolean().optional(),
  conditions: z.record(z.string(), z.unknown()).optional(),
  actions: z.record(z.string(), z.unknown()).optional(),
});

const revocation = z.strictObject({
  how: z.enum(['invalid_grant', 'invalid_grant_with_suberror', 'interaction_required', 'consent_required']).optional(),
});

/** People, what they do with their mail, and what happens to their tokens. */
export function addPeopleEndpoints(endpoints: Endpoints, { people, grants, throttle }: EmulatorParts): void {
  const personOf = (params: Params): Person => people.get(param(params, 'person'));
  endpoints
    .add('GET', '/_emulator/people', nothing, () => people.all().map((person) => summary(person)))
    .add('POST', '/_emulator/people', newPerson, ({ body }) => summary(people.add(body)))
    .add('GET', '/_emulator/people/:person', nothing, ({ params }) => ({
      ...summary(personOf(params)),
      folders: folders(personOf(params)),
      requests: throttle.report(personOf(params).email),
    }))
    .add('GET', '/_emulator/people/:person/messages', nothing, ({ params, query }) =>
      messages(personOf(params), query.get('folder') ?? undefined),
    )
    .add('POST', '/_emulator/people/:person/actions', personAction, ({ params, body }) =>
      perform(personOf(params).does, body),
    )
    .add('PATCH', '/_emulator/people/:person', accountChanges, ({ params, body }) =>
      summary(people.change(param(params, 'person'), body)),
    )
    .add('DELETE', '/_emulator/people/:person', nothing, ({ params }) => people.remove(param(params, 'person')))
    .add('POST', '/_emulator/people/:person/bursts', burst, ({ params, body }) => {
      const person = personOf(params);
      const place = (name: string | undefined) => name && person.mailbox.folders.idByAnyName(name);
      return { ids: person.burst({ ...body, folder: place(body.folder), to: place(body.to) }) };
    })
    .add('POST', '/_emulator/people/:person/rules', inboxRule, ({ params, body }) =>
      personOf(params).does.addRule(body),
    )
    .add('POST', '/_emulator/people/:person/revoke', revocation, ({ params, body }) =>
      grants.revoke(personOf(params), body.how ?? 'invalid_grant'),
    )
    .add('POST', '/_emulator/people/:person/expire-tokens', nothing, ({ params }) =>
      grants.expireAccessTokens(personOf(params)),
    )
    .add('POST', '/_emulator/people/:person/drop-delta-tokens', decay, ({ params, body }) => {
      const { mailbox } = personOf(params);
      mailbox.deltaEpoch += 1;
      mailbox.linkRefusal = body.how;
    })
    .add('POST', '/_emulator/expire-tokens', nothing, () => grants.expireAccessTokens());
}

function summary(person: Person): Readonly<Record<string, unknown>> {
  const { email, mail, userPrincipalName, name, tid, oid, hasMailbox, mailbox } = person;
  return { email, mail, userPrincipalName, name, tid, oid, hasMailbox, messages: mailbox.messageCount };
}

/** Every folder below `msgfolderroot`, parents first. */
function folders({ mailbox }: Person): readonly unknown[] {
  return below(mailbox.folders).map((folder) => ({
    id: folder.id,
    displayName: folder.displayName,
    parentFolderId: folder.parentId,
    wellKnownName: folder.wellKnownName,
    isHidden: folder.isHidden,
    isSearch: folder.search !== undefined,
    totalItemCount: folder.totalItemCount,
    unreadItemCount: folder.unreadItemCount,
  }));
}

function below(tree: FolderTree, parent?: string): Folder[] {
  return tree.children(parent).flatMap((folder) => [folder, ...below(tree, folder.id)]);
}

/** Newest first. */
function messages({ mailbox }: Person, folder: string | undefined): readonly unknown[] {
  return mailbox
    .messages(folder === undefined ? undefined : mailbox.folders.idByAnyName(folder))
    .toSorted((a, b) => b.receivedAtMs - a.receivedAtMs)
    .map((message) => ({
      id: message.id,
      internetMessageId: message.internetMessageId,
      type: message.shape.type,
      folder: mailbox.folders.get(message.folderId).displayName,
      from: message.from.address,
      subject: message.subject,
      received: graphTime(message.receivedAtMs),
      isRead: message.isRead,
      flag: message.flag.flagStatus,
      categories: message.categories,
    }));
}
