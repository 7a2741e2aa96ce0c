import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  type Configuration,
  type DeviceCodeRequest,
  type ICachePlugin,
  type INetworkModule,
  LogLevel,
  PublicClientApplication,
} from '@azure/msal-node';
import { sha256 } from '../../lib/crypto.ts';
import { unlessAborted } from '../../lib/retry.ts';
import type { MailAccess } from '../../models/fields/mail-access.ts';
import type { Secret } from '../../lib/secret.ts';
import { createDeviceNetwork } from './device-network.ts';
import { GrantDeadError, TryLaterError } from '../errors.ts';
import { type IdClaims, IdTokens } from './id-tokens.ts';
import { authorityOrigin, createLoginNetwork, wireUrl } from './login-network.ts';
import { isConsentMissing, translateMsalError } from './msal-errors.ts';
import { authorityMetadata, coversAll, furtherPermissions, namesOf, proofOf } from './msal-configuration.ts';
import { coversAccess, scopesFor } from '../consent/permissions.ts';

/** The app registration at Entra ID, and the addresses of Microsoft. */
export interface AppRegistration {
  readonly clientId: string;
  /** Without a secret and a certificate it is a public client: it proves itself by PKCE alone. */
  readonly clientSecret?: Secret;
  readonly clientCertificate?: {
    /** PEM, PKCS #8, RSA. */
    readonly privateKey: Secret;
    /** SHA-256 of the certificate, in hex. */
    readonly thumbprint: string;
  };
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
  /** What the tokens are asked for; `act` when it is left out. */
  readonly access?: MailAccess;
  /** True to leave out what everything else works without. */
  readonly onlyRequired?: boolean;
  readonly loginHint?: string;
  readonly prompt?: 'select_account' | 'login' | 'consent';
}

/** The words of Microsoft for a person who signs in on another machine. */
export interface DeviceCode {
  readonly userCode: string;
  /** The address at which the code is entered. */
  readonly verificationUri: string;
  readonly expiresInSeconds: number;
}

export interface DeviceRequest {
  /** Called once with the code to enter. */
  readonly show: (code: DeviceCode) => void;
  readonly access?: MailAccess | undefined;
}

export interface CodeRequest {
  readonly code: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** Both as in the authorization request. */
  readonly access?: MailAccess | undefined;
  readonly onlyRequired?: boolean;
}

export interface SilentRequest {
  readonly forceRefresh: boolean;
  /** `act` when it is left out. */
  readonly access?: MailAccess | undefined;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Has the id token say when the person signed in (OpenID Connect Core 5.5): the prompt can be taken out on the way. */
const askForAuthTime = JSON.stringify({ id_token: { auth_time: { essential: true } } });

/**
 * Entra ID for this app: one configuration, and for each operation a client of its own whose cache is the partition
 * of one mailbox. MSAL's own log is off, for it names accounts.
 */
export class Microsoft {
  readonly #settings: AppRegistration;
  /** What each access needs; MSAL adds openid, profile and offline_access. */
  readonly #scopes: Readonly<Record<MailAccess, string[]>>;
  readonly #furtherScopes: string[];
  readonly #idTokens: IdTokens;

  constructor(settings: AppRegistration) {
    this.#settings = settings;
    const { graphUrl } = settings;
    this.#scopes = { look: scopesFor(graphUrl, namesOf('look')), act: scopesFor(graphUrl, namesOf('act')) };
    this.#furtherScopes = scopesFor(graphUrl, furtherPermissions);
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
  async authorizationUrl({
    codeVerifier,
    onlyRequired,
    access = 'act',
    ...request
  }: AuthorizationRequest): Promise<string> {
    const url = await this.#client().getAuthCodeUrl({
      ...request,
      scopes: this.#scopesOf(access, onlyRequired),
      ...(request.prompt === 'login' && { claims: askForAuthTime }),
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
  async redeemCode({ access = 'act', onlyRequired, ...request }: CodeRequest): Promise<Redeemed> {
    const client = this.#client();
    try {
      const result = await client.acquireTokenByCode({
        ...request,
        scopes: this.#scopesOf(access, onlyRequired),
        redirectUri: this.#settings.redirectUri,
      });
      return await this.#toRedeemed(client, result, { hasNonce: true, access });
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  /**
   * Lets a person sign in on another machine by a code, and waits until they have. Nothing is kept of a wait that the
   * signal ends.
   * @throws GrantDeadError, MicrosoftRefusedError or TryLaterError as redeemCode; the signal's reason when it is aborted
   */
  async redeemDeviceCode({ show, access = 'act' }: DeviceRequest, signal: AbortSignal): Promise<Redeemed> {
    const client = new PublicClientApplication(this.#configuration({ network: createDeviceNetwork(this.#network()) }));
    const request: DeviceCodeRequest = {
      scopes: this.#scopesOf(access),
      deviceCodeCallback: ({ userCode, verificationUri, expiresIn: expiresInSeconds }) =>
        show({ userCode, verificationUri, expiresInSeconds }),
    };
    signal.addEventListener('abort', () => (request.cancel = true), { once: true });
    try {
      const result = await unlessAborted(client.acquireTokenByDeviceCode(request), signal);
      if (result === null) throw new GrantDeadError('no_tokens_found');
      return await this.#toRedeemed(client, result, { hasNonce: false, access });
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  async #toRedeemed(
    client: Client,
    result: AuthenticationResult,
    of: { readonly hasNonce: boolean; readonly access: MailAccess },
  ): Promise<Redeemed> {
    if (result.expiresOn === null || !coversAccess(result.scopes, of.access))
      throw new GrantDeadError('consent_required');
    return {
      claims: await this.#idTokens.verify(result.idToken, of),
      accessToken: result.accessToken,
      serializedCache: client.getTokenCache().serialize(),
      expiresOn: result.expiresOn,
    };
  }

  /**
   * An access token of the mailbox whose cache `partition` holds: the stored one while it lasts, else a new one. It is
   * asked for looking or acting alone; where only the other was consented to, it is for that: mail can be read with
   * either, and nothing is written unless both the owner's choice and the token allow it.
   * @throws GrantDeadError or TryLaterError; errors of the partition as they are
   */
  async acquireSilent(partition: ICachePlugin, request: SilentRequest): Promise<AccessToken> {
    try {
      return await this.#acquire(partition, request);
    } catch (error) {
      if (!(error instanceof GrantDeadError && error.reason === 'consent_required')) throw error;
      const access = request.access === 'look' ? 'act' : 'look';
      return this.#acquire(partition, { ...request, access });
    }
  }

  async #acquire(partition: ICachePlugin, { forceRefresh, access = 'act' }: SilentRequest): Promise<AccessToken> {
    const client = this.#client(partition);
    try {
      const [account] = await client.getTokenCache().getAllAccounts();
      if (account === undefined) throw new GrantDeadError('no_account_found');
      const hasMore = access === 'act' && coversAll(client.getTokenCache().serialize());
      const result = await client
        .acquireTokenSilent({ account, scopes: this.#scopesOf(access, !hasMore), forceRefresh })
        .catch((error: unknown) => {
          // consent to what is not required may have been taken back alone
          if (!hasMore || !isConsentMissing(error)) throw error;
          return client.acquireTokenSilent({ account, scopes: this.#scopes[access], forceRefresh: true });
        });
      if (result.expiresOn === null) throw new TryLaterError('token_without_end');
      return { token: result.accessToken, expiresAt: result.expiresOn };
    } catch (error) {
      throw translateMsalError(error);
    }
  }

  #scopesOf(access: MailAccess, onlyRequired = false): string[] {
    return access === 'act' && !onlyRequired ? [...this.#scopes.act, ...this.#furtherScopes] : this.#scopes[access];
  }

  #client(cachePlugin?: ICachePlugin): Client {
    const { clientSecret, clientCertificate } = this.#settings;
    const configuration = this.#configuration({ cachePlugin });
    return clientSecret === undefined && clientCertificate === undefined
      ? new PublicClientApplication(configuration)
      : new ConfidentialClientApplication({
          ...configuration,
          auth: { ...configuration.auth, ...proofOf(this.#settings) },
        });
  }

  #configuration({ cachePlugin, network = this.#network() }: ClientParts): Configuration {
    const { clientId, tenantId, loginUrl } = this.#settings;
    const origin = authorityOrigin(loginUrl);
    return {
      auth: {
        clientId,
        authority: `${origin}/${tenantId}`,
        knownAuthorities: [new URL(origin).host],
        authorityMetadata: authorityMetadata(origin, tenantId),
      },
      ...(cachePlugin === undefined ? {} : { cache: { cachePlugin } }),
      system: {
        networkClient: network,
        loggerOptions: { logLevel: LogLevel.Error, piiLoggingEnabled: false, loggerCallback: () => undefined },
      },
    };
  }

  #network(): INetworkModule {
    return createLoginNetwork(this.#settings.loginUrl);
  }
}

type Client = ConfidentialClientApplication | PublicClientApplication;

interface ClientParts {
  readonly cachePlugin?: ICachePlugin | undefined;
  readonly network?: INetworkModule;
}

/** Returns the address that Microsoft sends browsers back to. @param appUrl the origin of this service */
export function redirectUriOf(appUrl: string): string {
  return `${appUrl}/auth/callback`;
}
