import { ConfidentialClientApplication, type ICachePlugin, LogLevel } from '@azure/msal-node';
import { sha256 } from '../lib/crypto.ts';
import type { Secret } from '../lib/secret.ts';
import { GrantDeadError, TryLaterError } from './errors.ts';
import { type IdClaims, IdTokens } from './id-tokens.ts';
import { authorityOrigin, createLoginNetwork, wireUrl } from './login-network.ts';
import { isConsentMissing, translateMsalError } from './msal-errors.ts';
import { covers, permissions, scopesInCache, requiredPermissions, scopesFor } from './graph-permissions.ts';

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

/** Returns the address that Microsoft sends browsers back to. @param appUrl the origin of this service */
export function redirectUriOf(appUrl: string): string {
  return `${appUrl}/auth/callback`;
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
  /** True to leave out what everything else works without. */
  readonly onlyRequired?: boolean;
  readonly prompt?: 'select_account' | 'login' | 'consent';
}

interface RedeemRequest extends Pick<AuthorizationRequest, 'nonce' | 'codeVerifier' | 'onlyRequired'> {
  readonly code: string;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

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
    this.#scopes = scopesFor(settings.graphUrl, requiredPermissions);
    const names = permissions.map(({ name }) => name);
    this.#allScopes = scopesFor(settings.graphUrl, names);
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
  async authorizationUrl({ codeVerifier, onlyRequired, ...request }: AuthorizationRequest): Promise<string> {
    const url = await this.#client().getAuthCodeUrl({
      ...request,
      scopes: this.#scopesOf(onlyRequired),
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
  async redeemCode({ onlyRequired, ...request }: RedeemRequest): Promise<Redeemed> {
    const client = this.#client();
    try {
      const result = await client.acquireTokenByCode({
        ...request,
        scopes: this.#scopesOf(onlyRequired),
        redirectUri: this.#settings.redirectUri,
      });
      if (result.expiresOn === null || !covers(result.scopes, requiredPermissions))
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
      const isAll = coversAll(client.getTokenCache().serialize());
      const result = await client
        .acquireTokenSilent({ account, scopes: this.#scopesOf(!isAll), forceRefresh })
        .catch((error: unknown) => {
          // consent to what is not required may have been taken back alone
          if (!isAll || !isConsentMissing(error)) throw error;
          return client.acquireTokenSilent({ account, scopes: this.#scopes, forceRefresh: true });
        });
      if (result.expiresOn === null) throw new TryLaterError('token_without_end');
      return { token: result.accessToken, expiresAt: result.expiresOn };
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  #scopesOf(onlyRequired = false): string[] {
    return onlyRequired ? this.#scopes : this.#allScopes;
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

/**
 * Tells if the grant in a serialized cache covers all permissions: asking for what it does not cover ends in a refusal
 * that means a dead grant.
 */
function coversAll(serialized: string): boolean {
  const all = permissions.map(({ name }) => name);
  return covers(scopesInCache(serialized) ?? [], all);
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
