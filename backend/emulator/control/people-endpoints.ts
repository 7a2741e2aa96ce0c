import { z } from 'zod';
import { graphTime } from '../clock.ts';
import { type Params, param } from '../http/router.ts';
import type { EmulatorParts } from '../parts.ts';
import type { Person } from '../people.ts';
import { type Endpoints, nothing } from './endpoint.ts';
import { perform, personAction } from './person-actions.ts';

const newPerson = z.strictObject({
  email: z.email(),
  name: z.string().optional(),
  tenantId: z.guid().optional(),
  folders: z.array(z.string()).optional(),
  hasMailbox: z.boolean().optional(),
});

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
    .add('POST', '/_emulator/people/:person/rules', inboxRule, ({ params, body }) =>
      personOf(params).does.addRule(body),
    )
    .add('POST', '/_emulator/people/:person/revoke', revocation, ({ params, body }) =>
      grants.revoke(personOf(params), body.how ?? 'invalid_grant'),
    )
    .add('POST', '/_emulator/people/:person/expire-tokens', nothing, ({ params }) =>
      grants.expireAccessTokens(personOf(params)),
    )
    .add('POST', '/_emulator/people/:person/drop-delta-tokens', nothing, ({ params }) => {
      personOf(params).mailbox.deltaEpoch += 1;
    })
    .add('POST', '/_emulator/expire-tokens', nothing, () => grants.expireAccessTokens());
}

function summary({ email, name, tid, oid, mailbox }: Person): Readonly<Record<string, unknown>> {
  return { email, name, tid, oid, messages: mailbox.messageCount };
}

function folders({ mailbox }: Person): readonly unknown[] {
  return mailbox.folders
    .children()
    .flatMap((folder) => [folder, ...mailbox.folders.children(folder.id)])
    .map(({ id, displayName, wellKnownName, totalItemCount, unreadItemCount }) => ({
      id,
      displayName,
      wellKnownName,
      totalItemCount,
      unreadItemCount,
    }));
}

/** Newest first. */
function messages({ mailbox }: Person, folder: string | undefined): readonly unknown[] {
  return mailbox
    .messages(folder === undefined ? undefined : mailbox.folders.idByAnyName(folder))
    .toSorted((a, b) => b.receivedAtMs - a.receivedAtMs)
    .map((message) => ({
      id: message.id,
      folder: mailbox.folders.get(message.folderId).displayName,
      from: message.from.address,
      subject: message.subject,
      received: graphTime(message.receivedAtMs),
      isRead: message.isRead,
      flag: message.flag.flagStatus,
      categories: message.categories,
    }));
}
