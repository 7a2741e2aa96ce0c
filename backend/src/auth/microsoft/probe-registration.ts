import { z } from 'zod';
import { randomId } from '../../lib/crypto.ts';
import type { Secret } from '../../lib/secret.ts';
import { aadstsIn, reasonOf, withNumber } from './entra-reasons.ts';

/** One thing that was looked at. */
export interface Finding {
  /** optional: it is missing, and everything else works without it. */
  readonly state: 'ok' | 'missing' | 'optional' | 'unknown';
  /** The state in a sentence, with who must do what when something is missing. */
  readonly text: string;
}

export interface ProbedRegistration {
  readonly clientId: string;
  /** A public client has none, and one with a certificate does not send it. */
  readonly clientSecret?: Secret | undefined;
  /** A directory's id or domain, or common, organizations, consumers. */
  readonly tenantId: string;
  /** The directory of the first admin, which is asked where the tenant stands for any. */
  readonly adminTenantId?: string | undefined;
  /** Scheme and host of Entra ID. */
  readonly loginUrl: string;
  /** Scheme and host of Graph. */
  readonly graphUrl: string;
  readonly redirectUri: string;
}

const requestLimitMs = 10_000;
const sharedTenants = new Set(['common', 'organizations', 'consumers']);
/** AADSTS50011 and its kin: the redirect URI is not registered. */
const redirectNumbers = new Set([50_011, 500_112, 500_113, 500_117]);
const unreachable =
  'Microsoft cannot be reached at MICROSOFT_LOGIN_URL: whoever runs this service checks that setting and the network, or tries again later';
const tokenAnswer = z.looseObject({ access_token: z.string().optional(), error_description: z.string().optional() });

/**
 * Asks Entra ID what it tells without a person: does it know the directory, the application, its secret and its redirect
 * URI. The token that proves the secret has no permissions, and is dropped. Does not throw.
 */
export async function probeRegistration(registration: ProbedRegistration): Promise<Finding[]> {
  const directory = await probeDirectory(registration).catch((): Finding => ({ state: 'missing', text: unreachable }));
  if (directory.state !== 'ok') return [directory];
  const rest = await Promise.all([
    attempt('client id and secret', () => probeSecret(registration)),
    attempt('the redirect URI', () => probeRedirectUri(registration)),
  ]);
  return [directory, ...rest];
}

/** What cannot be asked is not known: Microsoft or the network is away. */
async function attempt(subject: string, ask: () => Promise<Finding>): Promise<Finding> {
  try {
    return await ask();
  } catch {
    return { state: 'unknown', text: `Microsoft could not be asked about ${subject}: try again later` };
  }
}

async function probeDirectory({ loginUrl, tenantId }: ProbedRegistration): Promise<Finding> {
  const { ok, status } = await send(`${loginUrl}/${tenantId}/v2.0/.well-known/openid-configuration`);
  if (ok) return { state: 'ok', text: 'Microsoft answers for the directory in MICROSOFT_TENANT_ID' };
  if (status >= 500) return { state: 'missing', text: `${unreachable} (status ${status})` };
  return {
    state: 'missing',
    text: 'Microsoft does not know the directory in MICROSOFT_TENANT_ID: whoever runs this service must set its id, from the overview of the Entra admin center',
  };
}

async function probeSecret(registration: ProbedRegistration): Promise<Finding> {
  const { clientId, clientSecret, loginUrl, graphUrl } = registration;
  if (clientSecret === undefined)
    return { state: 'unknown', text: 'The client id cannot be checked without a person, as there is no client secret' };
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    scope: `${graphUrl}/.default`,
  });
  const reply = await send(`${loginUrl}/${askedTenant(registration)}/oauth2/v2.0/token`, { method: 'POST', body });
  const { access_token: token, error_description: description } = tokenAnswer.parse(await reply.json());
  if (token !== undefined) return { state: 'ok', text: 'The client id is known, and the client secret is accepted' };
  const aadsts = aadstsIn(description);
  const reason = reasonOf(aadsts);
  if (reason !== undefined) return { state: 'missing', text: withNumber(reason.message, aadsts) };
  return { state: 'unknown', text: withNumber('Client id and secret cannot be checked without a person', aadsts) };
}

/** With prompt=none nobody is asked: Entra ID sends the browser back at once, if it knows the address to send it to. */
async function probeRedirectUri(registration: ProbedRegistration): Promise<Finding> {
  const { clientId, loginUrl, redirectUri } = registration;
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    prompt: 'none',
    nonce: randomId(),
    state: randomId(),
  });
  const reply = await send(`${loginUrl}/${askedTenant(registration)}/oauth2/v2.0/authorize?${query.toString()}`);
  const text = await reply.text();
  if (reply.headers.get('location')?.startsWith(redirectUri) === true)
    return { state: 'ok', text: 'The redirect URI is registered' };
  const aadsts = aadstsIn(text);
  if (redirectNumbers.has(aadsts ?? 0))
    return {
      state: 'missing',
      text: withNumber(
        `The redirect URI is not registered: whoever runs this service adds ${redirectUri} to the app registration (Authentication, platform Web), or sets APP_URL to what is registered`,
        aadsts,
      ),
    };
  return { state: 'unknown', text: 'The redirect URI cannot be checked without a person' };
}

function askedTenant({ tenantId, adminTenantId }: ProbedRegistration): string {
  return sharedTenants.has(tenantId.toLowerCase()) ? (adminTenantId ?? tenantId) : tenantId;
}

function send(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(requestLimitMs) });
}
