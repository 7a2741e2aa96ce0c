import { reasonOf } from '../access/device-sign-in.ts';
import { type Assumption, CannotTell } from '../assumption.ts';
import { deltaOf } from '../delta-rounds.ts';
import { namesOf, textOf } from '../fields.ts';
import { type Call, type GraphAnswer, outcomeOf } from '../graph.ts';
import { messagePath } from '../sandbox.ts';
import { receiverOf, signInOf, type Workbench } from '../workbench.ts';
import { scopesOf } from './requests.ts';

const deviceCode = 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code';
const refreshTokens = 'https://learn.microsoft.com/entra/identity-platform/refresh-tokens';
const permissions = 'https://learn.microsoft.com/graph/permissions-reference';

/** Sign-in, refresh tokens and scopes: asked with a sign-in by device code. */
export const signIn: readonly Assumption[] = [
  {
    id: 'sign-in.pending',
    says: 'Until somebody signs in, a device code is answered with authorization_pending.',
    source: deviceCode,
    assumed: 'authorization_pending 70016',
    ask: async (bench) => reasonOf(signInOf(bench).firstPoll),
  },
  {
    id: 'sign-in.bad-refresh-token',
    says: 'A refresh token that is none is answered with invalid_grant.',
    source: 'https://learn.microsoft.com/entra/identity-platform/reference-error-codes',
    assumed: 'invalid_grant',
    ask: async (bench) => String((await signInOf(bench).refresh('none')).body['error']),
  },
  {
    id: 'sign-in.refresh-token',
    says: 'A refresh gives another refresh token, and the old one stays good.',
    source: refreshTokens,
    assumed: 'another, both good',
    ask: async (bench) => {
      const access = signInOf(bench);
      const { body } = await access.refresh(access.refreshToken);
      const next = textOf(body['refresh_token']);
      if (next === undefined) return 'none';
      const again = await access.refresh(access.refreshToken);
      return `${next === access.refreshToken ? 'the same' : 'another'}, ${again.status === 200 ? 'both good' : 'one good'}`;
    },
  },
  {
    id: 'sign-in.default-scope',
    says: 'A token for .default is refused to a personal account, and to no other.',
    source: 'https://learn.microsoft.com/entra/identity-platform/scopes-oidc',
    assumed: 'personal accounts alone are refused',
    ask: async (bench) => {
      const access = signInOf(bench);
      const isPersonal = scopesOf(await access.token()) === undefined; // their tokens are opaque
      const answer = await access.refresh(access.refreshToken, access.scopeOf(['.default']));
      const isRefused = answer.status !== 200;
      return isRefused === isPersonal
        ? 'personal accounts alone are refused'
        : `${isPersonal ? 'personal' : 'another'}: ${reasonOf(answer)}`;
    },
  },
  {
    id: 'scopes.narrowed',
    says: 'A refresh for Mail.ReadBasic gives a token for that alone, though Mail.ReadWrite was consented to as well.',
    source: 'https://learn.microsoft.com/entra/identity-platform/scopes-oidc',
    assumed: 'Mail.ReadBasic',
    ask: async (bench) => {
      const scopes = scopesOf(await narrowToken(bench));
      if (scopes === undefined) throw new CannotTell('the token is opaque');
      return namesOf(scopes.filter((scope) => scope.startsWith('Mail.')));
    },
  },
  {
    id: 'scopes.basic-read',
    says: 'Mail.ReadBasic lets messages be read.',
    source: permissions,
    assumed: '200',
    ask: async (bench) => {
      const id = await bench.sandbox.draft();
      return outcomeOf(await withBasic(bench, 'GET', `${messagePath(id)}?$select=id,subject`));
    },
  },
  {
    id: 'scopes.basic-headers',
    says: 'Mail.ReadBasic gives internetMessageHeaders.',
    source: permissions,
    assumed: '200 with headers',
    ask: async (bench) => {
      const internetMessageHeaders = [{ name: 'x-msedb-contract', value: 'given' }];
      const id = await bench.sandbox.draft({ properties: { internetMessageHeaders } });
      const answer = await withBasic(bench, 'GET', `${messagePath(id)}?$select=internetMessageHeaders`);
      const hasHeaders = Array.isArray(answer.body['internetMessageHeaders']);
      return `${outcomeOf(answer)} ${hasHeaders ? 'with' : 'without'} headers`;
    },
  },
  {
    id: 'scopes.basic-delta',
    says: 'Mail.ReadBasic lets delta of messages be read.',
    source: 'https://learn.microsoft.com/graph/api/message-delta',
    assumed: '200',
    ask: async (bench) => outcomeOf(await withBasic(bench, 'GET', deltaOf(bench.sandbox.folderId))),
  },
  {
    id: 'scopes.basic-subscription',
    says: 'Mail.ReadBasic lets messages be watched.',
    source: 'https://learn.microsoft.com/graph/api/subscription-post-subscriptions',
    assumed: '201',
    ask: async (bench) => {
      const { url } = receiverOf(bench);
      const expirationDateTime = new Date(Date.now() + 3_600_000).toISOString();
      const body = { resource: '/me/messages', changeType: 'created', notificationUrl: url, expirationDateTime };
      const answer = await withBasic(bench, 'POST', '/subscriptions', { body });
      const id = textOf(answer.body['id']);
      if (id !== undefined) await bench.graph.call('DELETE', `/subscriptions/${encodeURIComponent(id)}`);
      return outcomeOf(answer);
    },
  },
  {
    id: 'scopes.basic-extended',
    says: 'Mail.ReadBasic gives no extended properties.',
    source: permissions,
    assumed: '403 ErrorAccessDenied',
    ask: async (bench) => {
      const id = await bench.sandbox.draft();
      const messageClass = encodeURIComponent("singleValueExtendedProperties($filter=id eq 'String 0x001A')");
      return outcomeOf(await withBasic(bench, 'GET', `${messagePath(id)}?$select=id&$expand=${messageClass}`));
    },
  },
  {
    id: 'scopes.basic-write',
    says: 'Mail.ReadBasic lets nothing be changed.',
    source: permissions,
    assumed: '403 ErrorAccessDenied',
    ask: async (bench) => {
      const id = await bench.sandbox.draft();
      const call = { body: { isRead: false } };
      return outcomeOf(await withBasic(bench, 'PATCH', `${messagePath(id)}?$select=id`, call));
    },
  },
];

async function narrowToken(bench: Workbench): Promise<string> {
  const access = signInOf(bench);
  const answer = await access.refresh(access.refreshToken, access.scopeOf(['Mail.ReadBasic']));
  const token = textOf(answer.body['access_token']);
  if (token === undefined) throw new CannotTell(`no token for Mail.ReadBasic: ${reasonOf(answer)}`);
  return token;
}

/** Calls Graph with a token that is good for Mail.ReadBasic alone. @throws CannotTell when there is none */
async function withBasic(bench: Workbench, method: string, path: string, call: Call = {}): Promise<GraphAnswer> {
  const token = await narrowToken(bench);
  const scopes = scopesOf(token);
  const others = (scopes ?? ['Mail.?']).filter((scope) => scope.startsWith('Mail.') && scope !== 'Mail.ReadBasic');
  if (others.length > 0) throw new CannotTell('Entra ID gives no token for Mail.ReadBasic alone');
  return bench.graph.call(method, path, { ...call, token });
}
