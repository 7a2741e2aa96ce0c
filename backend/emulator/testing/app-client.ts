import { createHash, randomBytes } from 'node:crypto';
import type { Emulator } from '../emulator.ts';

const testRedirectUri = 'http://localhost:9/callback';
const readAndAct = 'openid profile offline_access User.Read Mail.ReadWrite MailboxSettings.Read';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface GraphAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Signs a person in without a browser, as an app does, and gives the tokens. @param scope asked for */
export async function signIn(emulator: Emulator, email: string, scope = readAndAct): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const code = await authorizationCode(emulator, {
    login_hint: email,
    scope,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const { body } = await redeem(emulator, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: testRedirectUri,
  });
  return { accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) };
}

/** The code that the authorize page redirects with. @throws when it redirects with an error, or not at all */
export async function authorizationCode(emulator: Emulator, query: Readonly<Record<string, string>>): Promise<string> {
  const url = new URL(`${emulator.loginUrl}/common/oauth2/v2.0/authorize`);
  const fields = { client_id: emulator.clientId, response_type: 'code', redirect_uri: testRedirectUri, ...query };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  const reply = await fetch(url, { redirect: 'manual' });
  const code = new URL(reply.headers.get('location') ?? 'http://none').searchParams.get('code');
  if (code === null) throw new Error(`No code: ${reply.status} ${reply.headers.get('location')}`);
  return code;
}

/** Posts to the token endpoint, with the app's own id and secret unless `form` says otherwise. */
export async function redeem(emulator: Emulator, form: Readonly<Record<string, string>>): Promise<GraphAnswer> {
  const reply = await fetch(`${emulator.loginUrl}/common/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: emulator.clientId, client_secret: emulator.clientSecret, ...form }),
  });
  return read(reply);
}

interface GraphCall {
  readonly method?: string;
  readonly prefer?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls Graph for one person. Paths are below /v1.0; links that Graph gave are followed as they are. */
export type CallGraph = (pathOrLink: string, call?: GraphCall) => Promise<GraphAnswer>;

export function graphClient({ graphUrl }: Emulator, accessToken: string): CallGraph {
  return async (pathOrLink, { method = 'GET', prefer = 'IdType="ImmutableId"', body, headers = {} } = {}) => {
    const url = pathOrLink.startsWith('http') ? pathOrLink : `${graphUrl}/v1.0${pathOrLink}`;
    const reply = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, prefer, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return read(reply);
  };
}

/** Signs in, and gives the calls to Graph in that person's name. */
export async function graphAs(emulator: Emulator, email: string, scope?: string): Promise<CallGraph> {
  const { accessToken } = await signIn(emulator, email, scope);
  return graphClient(emulator, accessToken);
}

/** The items of an answer's `value`. */
export function items({ body }: GraphAnswer): Record<string, unknown>[] {
  const { value } = body;
  if (!Array.isArray(value)) throw new Error(`No value in ${JSON.stringify(body)}`);
  return value.map((item: unknown) => record(item));
}

/** `error.code` of an answer. */
export function errorCode({ body }: GraphAnswer): unknown {
  return record(body['error'])['code'];
}

async function read(reply: Response): Promise<GraphAnswer> {
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text === '' ? {} : record(JSON.parse(text)) };
}

export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`Not an object: ${JSON.stringify(value)}`);
  return Object.fromEntries(Object.entries(value));
}
