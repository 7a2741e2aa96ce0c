import { ConfidentialClientApplication, type ICachePlugin, LogLevel } from '@azure/msal-node';
import { z } from 'zod';
import { sha256 } from '../lib/crypto.ts';
import type { Secret } from '../lib/secret.ts';
import { GrantDeadError, TryLaterError } from './errors.ts';
import { type IdClaims, IdTokens } from './id-tokens.ts';
import { authorityOrigin, createLoginNetwork, wireUrl } from './login-network.ts';
import { translateMsalError } from './msal-errors.ts';

/** The app registration at Entra ID, and the addresses of Microsoft. */
export interface AppRegistration {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** A directory's id or domain, or common, organizations, consumers. */
  readonly tenantId: string;
  /** Scheme and host of Entra ID, such as https://login.microsoftonline.com. */
  readonly loginUrl: string;
  /** Scheme and host of Graph: the scopes of a national cloud name it. */
  readonly graphUrl: string;
  /** The address that Microsoft sends the browser back to; registered with the app. */
  readonly redirectUri: string;
}

/** A grant, and whose it is. */
export interface Redeemed {
  /** Of the id token, which has been verified. */
  readonly claims: IdClaims;
  /** For asking Graph who came: a secret. */
  readonly accessToken: string;
  /** The new grant in the form that MSAL serializes: a secret. */
  readonly serializedCache: string;
  readonly expiresOn: Date;
}

export interface AuthorizationRequest {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly loginHint?: string;
  readonly prompt?: 'select_account' | 'login' | 'consent';
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** The scopes that nothing works without; MSAL adds openid, profile and offline_access. */
const permissions = ['User.Read', 'Mail.ReadWrite'];
/** The scopes that are requested at sign-in, and done without where an older consent does not cover them. */
const furtherPermissions = ['MailboxSettings.Read'];
/** Has the id token say when the person signed in (OpenID Connect Core 5.5): the prompt can be taken out on the way. */
const askForAuthTime = JSON.stringify({ id_token: { auth_time: { essential: true } } });
const worldwideGraph = 'https://graph.microsoft.com';

/**
 * Entra ID for this app: one configuration, and for each operation a client of its own whose cache is the partition
 * of one mailbox. MSAL's own log is off, for it names accounts.
 */
export class Microsoft {
  readonly #settings: AppRegistration;
  readonly #scopes: string[];
  readonly #allScopes: string[];
  readonly #idTokens: IdTokens;

  constructor(settings: AppRegistration) {
    this.#settings = settings;
    this.#scopes = scopesFor(settings.graphUrl, permissions);
    this.#allScopes = scopesFor(settings.graphUrl, [...permissions, ...furtherPermissions]);
    this.#idTokens = new IdTokens(settings);
  }

  /**
   * Returns the id of the one directory whose accounts may sign in; undefined when those of any may.
   * @throws TryLaterError when Microsoft must be asked, and cannot be
   */
  homeTenant(): Promise<string | undefined> {
    return this.#idTokens.homeTenant();
  }

  /** The address to send the browser to. */
  async authorizationUrl({ codeVerifier, ...request }: AuthorizationRequest): Promise<string> {
    const url = await this.#client().getAuthCodeUrl({
      ...request,
      ...(request.prompt === 'login' && { claims: askForAuthTime }),
      scopes: this.#allScopes,
      redirectUri: this.#settings.redirectUri,
      codeChallenge: sha256(codeVerifier),
      codeChallengeMethod: 'S256',
    });
    return wireUrl(url, this.#settings.loginUrl);
  }

  /**
   * Turns the code that the browser brought into an account and its tokens.
   * @throws GrantDeadError when Microsoft refuses the code, grants less than was asked, or says who came in a token that
   *   is not genuine; TryLaterError when it cannot be asked
   */
  async redeemCode(request: { code: string; codeVerifier: string; nonce: string }): Promise<Redeemed> {
    const client = this.#client();
    try {
      const result = await client.acquireTokenByCode({
        ...request,
        scopes: this.#allScopes,
        redirectUri: this.#settings.redirectUri,
      });
      if (result.expiresOn === null || !covers(result.scopes, permissions))
        throw new GrantDeadError('consent_required');
      return {
        claims: await this.#idTokens.verify(result.idToken),
        accessToken: result.accessToken,
        serializedCache: client.getTokenCache().serialize(),
        expiresOn: result.expiresOn,
      };
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  /**
   * An access token of the mailbox whose cache `partition` holds: the stored one while it lasts, else a new one.
   * @throws GrantDeadError or TryLaterError; errors of the partition as they are
   */
  async acquireSilent(partition: ICachePlugin, { forceRefresh }: { forceRefresh: boolean }): Promise<AccessToken> {
    const client = this.#client(partition);
    try {
      const [account] = await client.getTokenCache().getAllAccounts();
      if (account === undefined) throw new GrantDeadError('no_account_found');
      const scopes = coversAll(client.getTokenCache().serialize()) ? this.#allScopes : this.#scopes;
      const result = await client.acquireTokenSilent({ account, scopes, forceRefresh });
      if (result.expiresOn === null) throw new TryLaterError('token_without_end');
      return { token: result.accessToken, expiresAt: result.expiresOn };
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  #client(cachePlugin?: ICachePlugin): ConfidentialClientApplication {
    const { clientId, clientSecret, tenantId, loginUrl } = this.#settings;
    const origin = authorityOrigin(loginUrl);
    return new ConfidentialClientApplication({
      auth: {
        clientId,
        clientSecret: clientSecret.reveal(),
        authority: `${origin}/${tenantId}`,
        knownAuthorities: [new URL(origin).host],
        authorityMetadata: authorityMetadata(origin, tenantId),
      },
      ...(cachePlugin === undefined ? {} : { cache: { cachePlugin } }),
      system: {
        networkClient: createLoginNetwork(loginUrl),
        loggerOptions: { logLevel: LogLevel.Error, piiLoggingEnabled: false, loggerCallback: () => undefined },
      },
    });
  }
}

/** Microsoft may spell a scope with or without the address of Graph. */
function covers(granted: readonly string[], wanted: readonly string[]): boolean {
  const names = new Set(granted.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase()));
  return wanted.every((permission) => names.has(permission.toLowerCase()));
}

const grantedSchema = z.object({ AccessToken: z.record(z.string(), z.object({ target: z.string() })).optional() });

/**
 * Whether the grant in a serialized cache covers more than nothing works without: asking for what it does not cover ends
 * in a refusal that means a dead grant.
 */
function coversAll(serialized: string): boolean {
  const { AccessToken: tokens = {} } = grantedSchema.parse(JSON.parse(serialized));
  return Object.values(tokens).some(({ target }) => covers(target.split(' '), furtherPermissions));
}

/** A bare name means the worldwide Graph; a national cloud's is named in full. */
function scopesFor(graphUrl: string, names: readonly string[]): string[] {
  const { origin, protocol } = new URL(graphUrl);
  if (origin === worldwideGraph || protocol === 'http:') return [...names];
  return names.map((name) => `${origin}/${name}`);
}

/** The endpoints, which are the same in every cloud: without them each client would ask for them first. */
function authorityMetadata(origin: string, tenantId: string): string {
  return JSON.stringify({
    issuer: `${origin}/${tenantId}/v2.0`,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    end_session_endpoint: `${origin}/${tenantId}/oauth2/v2.0/logout`,
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
  });
}
