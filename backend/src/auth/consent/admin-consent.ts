import { hkdfSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../lib/clock.ts';
import { dayMs } from '../../lib/durations.ts';
import { AppError } from '../../lib/errors.ts';
import { aadstsIn, withNumber } from '../microsoft/entra-reasons.ts';
import { type MailAccessPolicy, permissionsOfPolicy } from './permissions.ts';
import type { VaultKey } from '../tokens/vault-keys.ts';

/** The link may travel to an administrator by mail, and lie there for some days. */
const linkLifeMs = 7 * dayMs;
const purpose = 'msedb admin consent';
const algorithm = 'HS256';
/** The tenant of who opens the link: Microsoft has no admin consent for `common`. */
const anyOrganization = 'organizations';

/** The settings that the link is made from. */
export interface AdminConsentSettings {
  readonly clientId: string;
  /** A directory's id or domain, or common, organizations, consumers. */
  readonly tenantId: string;
  /** Scheme and host of Entra ID. */
  readonly loginUrl: string;
  /** Scheme and host of Graph. */
  readonly graphUrl: string;
  readonly redirectUri: string;
  /** The keys of the token vault, newest first. */
  readonly keys: readonly [VaultKey, ...VaultKey[]];
  /** What mailboxes are connected for; `act` when it is left out. */
  readonly mailAccess?: MailAccessPolicy | undefined;
  readonly clock: Clock;
}

/** The query with which Microsoft sends a browser back from the link. */
export interface ConsentReturn {
  readonly state: string;
  /** `True`, also beside an error. */
  readonly adminConsent?: string;
  readonly tenant?: string;
  readonly error?: string;
  /** Microsoft's words for it; only the number in them is used. */
  readonly errorDescription?: string;
}

/** What came of it. It proves nothing: whoever has the link can forge it, and nothing is decided by it. */
export interface ConsentOutcome {
  readonly adminConsent: 'granted' | 'elsewhere';
  /** The id of the directory for which Microsoft says that consent was given. */
  readonly tenantId: string | null;
  readonly message: string;
}

/**
 * The link at which an administrator of an organization consents for everybody in it, and the way back. Its state is
 * signed and no secret of a browser: who opens the link is often another person than who was shown it.
 */
export class AdminConsent {
  readonly #settings: AdminConsentSettings;

  constructor(settings: AdminConsentSettings) {
    this.#settings = settings;
  }

  /** Returns the link, good for 7 days; undefined where accounts are personal, and each consents for itself. */
  async link(): Promise<string | undefined> {
    const { clientId, tenantId, loginUrl, graphUrl, redirectUri, mailAccess = 'act' } = this.#settings;
    const tenant = tenantId.toLowerCase();
    if (tenant === 'consumers') return undefined;
    const url = new URL(`${loginUrl}/${tenant === 'common' ? anyOrganization : tenantId}/v2.0/adminconsent`);
    url.search = new URLSearchParams({
      client_id: clientId,
      scope: consentScopes(graphUrl, mailAccess),
      redirect_uri: redirectUri,
      state: await this.#newState(),
    }).toString();
    return url.href;
  }

  /** Tells if a browser comes from the link, or claims to: such a return is never a sign-in. */
  isReturn({ state, adminConsent }: Pick<ConsentReturn, 'state' | 'adminConsent'>): boolean {
    return adminConsent !== undefined || state.includes('.');
  }

  /**
   * Says what came of it.
   * @param homeTenant the one directory whose accounts may sign in; undefined when those of any may
   * @throws AppError 400 consent_state_unknown, 403 access_denied
   */
  async finish(comeback: ConsentReturn, homeTenant: string | undefined): Promise<ConsentOutcome> {
    await this.#checkState(comeback.state);
    const isGranted = comeback.error === undefined && comeback.adminConsent?.toLowerCase() === 'true';
    if (!isGranted) throw await this.#refusal(comeback);
    const tenantId = tenantOf(comeback.tenant);
    if (homeTenant !== undefined && tenantId !== null && tenantId !== homeTenant)
      return { adminConsent: 'elsewhere', tenantId, message: elsewhere };
    return { adminConsent: 'granted', tenantId, message: granted };
  }

  /** Error wins over admin_consent=True: Microsoft sends both when the answer was no. */
  async #refusal({ errorDescription }: ConsentReturn): Promise<AppError> {
    const message = withNumber(refused, aadstsIn(errorDescription));
    return new AppError(403, 'access_denied', message, { details: await this.details() });
  }

  /** Returns the link as details of a refusal; undefined where there is none. */
  async details(): Promise<{ adminConsentUrl: string } | undefined> {
    const adminConsentUrl = await this.link();
    return adminConsentUrl === undefined ? undefined : { adminConsentUrl };
  }

  #newState(): Promise<string> {
    const endsAt = new Date(this.#settings.clock() + linkLifeMs);
    const [{ key }] = this.#settings.keys;
    return new SignJWT()
      .setProtectedHeader({ alg: algorithm })
      .setAudience(purpose)
      .setExpirationTime(endsAt)
      .sign(signingKey(key));
  }

  async #checkState(state: string): Promise<void> {
    const currentDate = new Date(this.#settings.clock());
    const options = { algorithms: [algorithm], audience: purpose, requiredClaims: ['exp'], currentDate };
    for (const { key } of this.#settings.keys) {
      try {
        await jwtVerify(state, signingKey(key), options);
        return;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    throw new AppError(
      400,
      'consent_state_unknown',
      `This return from Microsoft belongs to no link of this service, or the link is older than ${linkLifeMs / dayMs} days: open the link that GET /api/setup or npm run connect:check shows now`,
    );
  }
}

const granted =
  'Microsoft says that an administrator granted the permissions for the whole organization. Nobody is signed in by that: each person now signs in at /auth/login with an account of their own';
const elsewhere =
  'Consent was given in another directory than the one that MICROSOFT_TENANT_ID names, so nothing has changed here: open the link again with an administrator account of the right directory';
const refused =
  'The permissions were not granted. Either the window was closed or "Cancel" was chosen: open the link again and accept. Or a policy of the organization does not let this account consent: open the link with the account of a Privileged Role Administrator, Cloud Application Administrator or Global Administrator';

/** A key of its own: the vault's key encrypts, and signs nothing. */
function signingKey(key: VaultKey['key']): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', purpose, 32));
}

/** Each permission in full, as the admin consent page takes it, and what the sign-in asks for beside them. */
function consentScopes(graphUrl: string, policy: MailAccessPolicy): string {
  const { origin } = new URL(graphUrl);
  const ofGraph = permissionsOfPolicy(policy).map(({ name }) => `${origin}/${name}`);
  return ['openid', 'profile', 'offline_access', ...ofGraph].join(' ');
}

function tenantOf(text = ''): string | null {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : null;
}
