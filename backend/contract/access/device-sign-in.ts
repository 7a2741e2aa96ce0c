import { setTimeout as sleep } from 'node:timers/promises';
import { type Fields, fieldsOf, textOf } from '../fields.ts';

export interface AppSettings {
  readonly clientId: string;
  readonly tenantId: string;
  readonly loginUrl: string;
  readonly graphUrl: string;
}

/** An answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Fields;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

const scopes = ['User.Read', 'Mail.ReadBasic', 'Mail.ReadWrite', 'MailboxSettings.Read'];
const headroomMs = 300_000;

/**
 * A sign-in by device code, as a public client: the app registration must allow public client flows. MSAL is not used,
 * because the questions are about the answers that it hides.
 */
export class DeviceSignIn {
  /** The token endpoint's answer while nobody had signed in yet. */
  readonly firstPoll: TokenAnswer;
  readonly #settings: AppSettings;
  readonly #scope: string;
  #tokens: Tokens;

  /** @param say shows the person where to enter which code. @throws Error when nobody signs in */
  static async begin(settings: AppSettings, say: (line: string) => void, signal: AbortSignal): Promise<DeviceSignIn> {
    const scope = fullScope(settings);
    const begun = await post(settings, 'devicecode', { scope });
    const { device_code: deviceCode, interval, message } = begun.body;
    if (textOf(deviceCode) === undefined) throw new Error(`Entra ID refused the device code: ${reasonOf(begun)}`);
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: String(deviceCode) };
    const firstPoll = await post(settings, 'token', form);
    say(String(message));
    let answer = firstPoll;
    while (['authorization_pending', 'slow_down'].includes(String(answer.body['error']))) {
      await sleep((Number(interval) || 5) * 1_000, undefined, { signal });
      answer = await post(settings, 'token', form);
    }
    return new DeviceSignIn(settings, { scope, firstPoll, tokens: tokensOf(answer) });
  }

  private constructor(
    settings: AppSettings,
    { scope, firstPoll, tokens }: { scope: string; firstPoll: TokenAnswer; tokens: Tokens },
  ) {
    this.#settings = settings;
    this.#scope = scope;
    this.firstPoll = firstPoll;
    this.#tokens = tokens;
  }

  get refreshToken(): string {
    return this.#tokens.refreshToken;
  }

  /** Returns an access token that lasts for at least 5 minutes. */
  async token(): Promise<string> {
    if (this.#tokens.expiresAtMs - headroomMs < Date.now()) {
      this.#tokens = tokensOf(await this.refresh(this.#tokens.refreshToken, this.#scope));
    }
    return this.#tokens.accessToken;
  }

  /** Asks for tokens with a refresh token. @param scope the same as at sign-in unless given */
  refresh(refreshToken: string, scope = this.#scope): Promise<TokenAnswer> {
    return post(this.#settings, 'token', { grant_type: 'refresh_token', refresh_token: refreshToken, scope });
  }

  /** Names scopes as the cloud wants them, with those that every sign-in has. */
  scopeOf(names: readonly string[]): string {
    return fullScope(this.#settings, names);
  }
}

/** The scopes in full: a national cloud's name its Graph. */
function fullScope({ graphUrl }: AppSettings, names: readonly string[] = scopes): string {
  const prefix = graphUrl.startsWith('https:') ? `${graphUrl}/` : '';
  return ['openid', 'offline_access', ...names.map((name) => `${prefix}${name}`)].join(' ');
}

async function post(
  { loginUrl, tenantId, clientId }: AppSettings,
  endpoint: 'devicecode' | 'token',
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const reply = await fetch(`${loginUrl}/${tenantId}/oauth2/v2.0/${endpoint}`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, ...form }),
  });
  return { status: reply.status, body: fieldsOf(await reply.json().catch(() => undefined)) };
}

function tokensOf(answer: TokenAnswer): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = answer.body;
  if (textOf(accessToken) === undefined) throw new Error(`Entra ID gave no token: ${reasonOf(answer)}`);
  return {
    accessToken: String(accessToken),
    refreshToken: String(refreshToken),
    expiresAtMs: Date.now() + Number(expiresIn) * 1_000,
  };
}

/** Error and AADSTS number of a refusal, as in "invalid_grant 65001". */
export function reasonOf({ status, body }: TokenAnswer): string {
  const numbers = Array.isArray(body['error_codes']) ? body['error_codes'].map(Number) : [];
  return [textOf(body['error']) ?? String(status), ...numbers].join(' ');
}
