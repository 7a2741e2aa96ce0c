import { type Assumption, CannotTell } from '../assumption.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import { outcomeOf } from '../graph.ts';

const batching = 'https://learn.microsoft.com/graph/json-batching';
const bestPractices = 'https://learn.microsoft.com/graph/best-practices-concept';

/** Requests, batches, and the account. */
export const requests: readonly Assumption[] = [
  {
    id: 'requests.date',
    says: 'Every answer has the header Date.',
    source: 'https://www.rfc-editor.org/rfc/rfc9110.html',
    assumed: 'a time',
    ask: async ({ graph }) => {
      const { headers } = await graph.call('GET', '/me?$select=id');
      return Number.isNaN(Date.parse(headers.get('date') ?? '')) ? 'none' : 'a time';
    },
  },
  {
    id: 'requests.request-id',
    says: 'Every answer has the header request-id.',
    source: bestPractices,
    assumed: 'given',
    ask: async ({ graph }) => {
      const { headers } = await graph.call('GET', '/me?$select=id');
      return headers.has('request-id') ? 'given' : 'absent';
    },
  },
  {
    id: 'requests.bad-token',
    says: 'A token that is none is refused.',
    source: 'captured',
    assumed: '401 InvalidAuthenticationToken',
    ask: async ({ graph }) => outcomeOf(await graph.call('GET', '/me?$select=id', { token: 'none' })),
  },
  {
    id: 'requests.batch-part',
    says: 'A batch is 200, though a part of it fails.',
    source: batching,
    assumed: '200 with 400',
    ask: async ({ graph }) => {
      const parts = [{ id: '1', method: 'GET', url: '/me/messages/no-id?$select=id' }];
      const answer = await graph.call('POST', '/$batch', { body: { requests: parts } });
      const [part] = listOf(answer.body['responses']);
      return `${answer.status} with ${Number(part?.['status'])}`;
    },
  },
  {
    id: 'requests.batch-size',
    says: 'A batch of more than 20 parts is refused.',
    source: batching,
    assumed: '400',
    ask: async ({ graph }) => {
      const parts = Array.from({ length: 21 }, (_, index) => ({ id: `${index}`, method: 'GET', url: '/me' }));
      return String((await graph.call('POST', '/$batch', { body: { requests: parts } })).status);
    },
  },
  {
    id: 'requests.me',
    says: 'An account has an id and a userPrincipalName.',
    source: 'https://learn.microsoft.com/graph/api/resources/user',
    assumed: 'both',
    ask: async ({ graph }) => {
      const { body } = await graph.call('GET', '/me?$select=id,userPrincipalName,mail');
      const isWhole = textOf(body['id']) !== undefined && textOf(body['userPrincipalName']) !== undefined;
      return isWhole ? 'both' : 'not both';
    },
  },
  {
    id: 'requests.inbox-rules',
    says: 'The inbox rules can be listed with MailboxSettings.Read.',
    source: 'https://learn.microsoft.com/graph/api/mailfolder-list-messagerules',
    assumed: '200',
    ask: async ({ graph }) => outcomeOf(await graph.call('GET', '/me/mailFolders/inbox/messageRules?$top=1')),
  },
  {
    id: 'requests.scope-claim',
    says: 'An access token says for which scopes it is good, Mail.ReadWrite among them.',
    source: 'https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference',
    assumed: 'Mail.ReadWrite',
    ask: async ({ token }) => {
      const scopes = scopesOf(await token());
      if (scopes === undefined) throw new CannotTell('the token is opaque');
      return scopes.includes('Mail.ReadWrite') ? 'Mail.ReadWrite' : 'another';
    },
  },
];

/** Scopes in an access token; undefined when it cannot be read, as with personal accounts. */
export function scopesOf(token: string): readonly string[] | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return textOf(fieldsOf(claims)['scp'])?.split(' ');
  } catch {
    return undefined;
  }
}
