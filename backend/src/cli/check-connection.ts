import { AdminConsent } from '../auth/consent/admin-consent.ts';
import { redirectUriOf } from '../auth/microsoft/msal.ts';
import { type PermissionReport, reportPermissions } from '../auth/consent/permission-report.ts';
import { type Finding, probeRegistration } from '../auth/microsoft/probe-registration.ts';
import { isThereAnAdmin } from '../auth/registration.ts';
import { parseKeys } from '../auth/tokens/vault-keys.ts';
import type { Config } from '../config/env.ts';
import { missingForSignIn } from '../config/missing-settings.ts';
import { secondMs } from '../lib/durations.ts';
import { withDatabase } from './program.ts';

/** One try, which the driver gives up after 5 s. */
const storeLimitMs = 6 * secondMs;

export interface ConnectionCheck {
  readonly findings: readonly Finding[];
  /** Undefined while sign-in is not configured, and where accounts are personal. */
  readonly adminConsentUrl: string | undefined;
}

/**
 * Looks at the settings, asks Microsoft what it tells without a person, and reads the connected mailboxes' rows if the
 * store answers.
 * @throws ConfigurationError when the keys are wrong
 */
export async function checkConnection(config: Config): Promise<ConnectionCheck> {
  const { microsoft, encryptionKeys, http, adminTenantId, mailAccess } = config;
  const ofStore = await readStore(config);
  if (microsoft === undefined) {
    const text = `Settings: ${missingForSignIn(config).join(', ')}. Whoever runs this service sets them (README, "Connect to Microsoft 365")`;
    return { findings: [{ state: 'missing', text }, ...ofStore], adminConsentUrl: undefined };
  }
  const registration = { ...microsoft, redirectUri: redirectUriOf(http.appUrl) };
  const keys = parseKeys(encryptionKeys?.reveal());
  const configured: Finding = { state: 'ok', text: 'The settings that sign-in needs are there' };
  const probed = await probeRegistration({ ...registration, adminTenantId });
  const adminConsentUrl = await new AdminConsent({ ...registration, keys, mailAccess, clock: Date.now }).link();
  return { findings: [configured, ...probed, ...ofStore], adminConsentUrl };
}

async function readStore(config: Config): Promise<Finding[]> {
  try {
    return await withDatabase(
      config,
      async () => [
        judgeAdmin(await isThereAnAdmin(), config),
        ...(await reportPermissions(config.mailAccess)).map(judgePermission),
      ],
      storeLimitMs,
    );
  } catch {
    const text = 'MongoDB cannot be reached: what is granted to the connected mailboxes is not known';
    return [...(config.adminEmail === undefined ? [noFirstAdmin('unknown')] : []), { state: 'unknown', text }];
  }
}

function judgeAdmin(hasAdmin: boolean, { adminEmail }: Config): Finding {
  if (hasAdmin) return { state: 'ok', text: 'There is an admin' };
  if (adminEmail === undefined) return noFirstAdmin('missing');
  return { state: 'ok', text: 'There is no admin yet: the person in ADMIN_EMAIL becomes it by signing in' };
}

function noFirstAdmin(state: Finding['state']): Finding {
  return { state, text: 'ADMIN_EMAIL is not set: while there is no admin, nobody can become the first one' };
}

function judgePermission({ name, state, isRequired, purpose, explanation }: PermissionReport): Finding {
  const text = `${name} (${purpose}): ${explanation}`;
  if (state === 'granted') return { state: 'ok', text };
  if (state === 'unknown') return { state: 'unknown', text };
  return { state: isRequired ? 'missing' : 'optional', text };
}
