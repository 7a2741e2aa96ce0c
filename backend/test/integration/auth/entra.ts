import type { Types } from 'mongoose';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { tenantOf } from '../../../emulator/ids.ts';
import type { EmulatorOptions } from '../../../emulator/options.ts';
import { AccessTokens, type WithLock } from '../../../src/auth/tokens/access-tokens.ts';
import { AdminConsent } from '../../../src/auth/consent/admin-consent.ts';
import { connectMailbox } from '../../../src/auth/mailboxes/mailbox-connection.ts';
import { describeAccount } from '../../../src/auth/microsoft/microsoft-account.ts';
import { type AppRegistration, Microsoft } from '../../../src/auth/microsoft/msal.ts';
import type { Refusal, ReportRefusal } from '../../../src/auth/sign-in/refusals.ts';
import {
  finishSignIn,
  type SignInDeps,
  type SignInResult,
  type SignInStart,
  startSignIn,
} from '../../../src/auth/sign-in/sign-in.ts';
import { createSignInLog } from '../../../src/auth/sign-in/sign-in-log.ts';
import { TokenVault } from '../../../src/auth/tokens/token-vault.ts';
import { generateKeyEntry, parseKeys } from '../../../src/auth/tokens/vault-keys.ts';
import { createNameReader } from '../../../src/composition/microsoft.ts';
import { randomId } from '../../../src/lib/crypto.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { refusalContext } from '../../harness/refusal-context.ts';
import { nextNumber } from '../../factories/sequence.ts';
import { buildUser } from '../../factories/user.ts';

export const adminEmail = 'admin@example.com';
/** The directory of the people. */
export const tenantId = tenantOf('example.com');

/** What a browser brings back from Microsoft. */
export interface Landing {
  readonly state: string;
  readonly code?: string;
  readonly error?: string;
  readonly errorDescription?: string;
}

/** Entra ID with people in it, and the service's parts that talk to it. */
export interface TestEntra extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly keyEntry: string;
  readonly vault: TokenVault;
  readonly microsoft: Microsoft;
  readonly deps: SignInDeps;
  readonly reportRefusal: ReportRefusal;
  /** The refusals that were reported so far. */
  readonly refusals: readonly Refusal[];
  /** Makes an account at Microsoft. @returns its address */
  person(name?: string): string;
  /** The way through Microsoft's pages, as this person. */
  visit(url: string, email: string): Promise<Landing>;
  /** Begins, visits and finishes in one browser. */
  signInOnly(email: string, start?: Partial<SignInStart>): Promise<SignInResult>;
  /** The same, of a person whose mailbox is connected then. */
  signIn(email: string, start?: Partial<SignInStart>): Promise<SignInResult & { readonly mailboxId: Types.ObjectId }>;
  /** A user whose mailbox is connected. */
  connected(): Promise<{ email: string; userId: Types.ObjectId; mailboxId: Types.ObjectId }>;
  /** What a process of its own would hand tokens out with. */
  process(withLock?: WithLock): AccessTokens;
  /** Counts the requests to the token endpoint from now on, each of which takes `delayMs` longer. */
  countTokenRequests(delayMs?: number): () => number;
}

export const noLock: WithLock = (_name, _ttlMs, work) => work();

/** For mailboxes in which nothing was ever staged. */
const noStagedMail: SignInDeps['access'] = {
  logger: refusalContext.logger,
  handBackStaged: async ({ leave }) => {
    await leave();
    return { left: 0 };
  },
  extendStaged: async () => undefined,
};

/**
 * @param tenant the directory that the service is configured for
 * @param clientCertificate takes the place of the secret; a public client of the emulator has neither
 */
export async function startEntra(
  options: EmulatorOptions = {},
  tenant = 'common',
  clientCertificate?: AppRegistration['clientCertificate'],
): Promise<TestEntra> {
  const emulator = await startEmulator(options);
  const keyEntry = generateKeyEntry();
  const keys = parseKeys(keyEntry);
  const vault = new TokenVault(keys);
  const registration = {
    clientId: emulator.clientId,
    ...proofOf(emulator, options, clientCertificate),
    tenantId: tenant,
    loginUrl: emulator.loginUrl,
    graphUrl: emulator.graphUrl,
    redirectUri: 'http://localhost:8010/auth/callback',
  };
  const microsoft = new Microsoft(registration);
  const refusals: Refusal[] = [];
  const reportRefusal: ReportRefusal = async (refusal) => void refusals.push(refusal);
  const deps: SignInDeps = {
    microsoft,
    vault,
    adminEmail,
    adminTenantId: tenantId,
    readNames: createNameReader(emulator.graphUrl, refusalContext.logger),
    reportRefusal,
    adminConsent: new AdminConsent({ ...registration, keys, clock: Date.now }),
    access: noStagedMail,
    tellSignIn: createSignInLog({ ...refusalContext, clock: Date.now }),
    clock: Date.now,
  };
  const person = (name = `person${nextNumber()}`) => emulator.people.add({ email: `${name}@example.com`, name }).email;
  const visit = async (url: string, email: string) => {
    emulator.signIn.nextAs(email);
    return land(url);
  };
  const signInOnly: TestEntra['signInOnly'] = async (email, start = {}) => {
    const { url, browserBinding } = await startSignIn(deps, { purpose: 'sign-in', ...start });
    const { sessionId } = start;
    const landing = await visit(url, email);
    const result = await finishSignIn(deps, {
      ...landing,
      browserBinding,
      ...(sessionId === undefined ? {} : { sessionId }),
    });
    if ('continueAt' in result) throw new Error('Microsoft refused all permissions together');
    return result;
  };
  return {
    emulator,
    reportRefusal,
    refusals,
    signInOnly,
    keyEntry,
    vault,
    microsoft,
    deps,
    person,
    visit,
    signIn: async (email, start) => {
      const { mailboxId, ...result } = await signInOnly(email, start);
      if (mailboxId === undefined) throw new Error('The mailbox is not connected');
      return { ...result, mailboxId };
    },
    connected: async () => {
      const email = person();
      const { _id: userId } = await buildUser({ email });
      const redeemed = await redeemAs(microsoft, (url) => visit(url, email));
      return { email, userId, mailboxId: await connectMailbox(vault, userId, redeemed) };
    },
    process: (withLock = noLock) => new AccessTokens({ microsoft, vault, withLock, reportRefusal, clock: Date.now }),
    countTokenRequests: (delayMs = 0) =>
      emulator.faults.add({ kind: 'slow', delayMs, target: 'login', path: '/token' }),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

function proofOf(
  emulator: Emulator,
  { isPublicClient }: EmulatorOptions,
  clientCertificate: AppRegistration['clientCertificate'],
): Pick<AppRegistration, 'clientSecret' | 'clientCertificate'> {
  if (clientCertificate !== undefined) return { clientCertificate };
  return isPublicClient === true ? {} : { clientSecret: new Secret(emulator.clientSecret) };
}

/** Follows the one redirect that ends at the service. */
async function land(url: string): Promise<Landing> {
  const reply = await fetch(url, { redirect: 'manual' });
  const location = reply.headers.get('location');
  if (location === null) throw new Error(`Microsoft answered ${reply.status} without a redirect`);
  const query = new URL(location).searchParams;
  const [code, error, description] = [query.get('code'), query.get('error'), query.get('error_description')];
  return {
    state: query.get('state') ?? '',
    ...(code === null ? {} : { code }),
    ...(error === null ? {} : { error }),
    ...(description === null ? {} : { errorDescription: description }),
  };
}

/** Redeems a code without the service's own bookkeeping. */
export async function redeemAs(microsoft: Microsoft, visit: (url: string) => Promise<Landing>) {
  const secrets = { state: randomId(), nonce: randomId(), codeVerifier: randomId() };
  const { code = '' } = await visit(await microsoft.authorizationUrl(secrets));
  const redeemed = await microsoft.redeemCode({ ...secrets, code });
  return { ...redeemed, account: describeAccount(redeemed.claims, undefined, undefined) };
}
