import type { TenantReport } from './as-reported.ts';
import type { ConsentMode } from './entra/sign-in.ts';
import type { TokenLifetimes } from './entra/grants.ts';
import type { AwkwardRates } from './faults/awkwardness.ts';
import type { RecoverableRules } from './mailbox/recoverable-items.ts';
import type { DeliveryRules } from './notifications/outbox.ts';
import type { TenantBehavior } from './tenant-behavior.ts';
import type { ThrottleLimits } from './throttle.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

type TenantChanges = Partial<Omit<TenantBehavior, 'toldOf'>> & {
  readonly toldOf?: Partial<TenantBehavior['toldOf']> | undefined;
};

export interface EmulatorOptions {
  /** 0, or left out, takes a free one. */
  readonly port?: number | undefined;
  /** Everything is served below it, as /cloud; otherwise at the root. */
  readonly basePath?: string | undefined;
  readonly seed?: number | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** True: the app is registered as a public client, which has no secret. */
  readonly isPublicClient?: boolean | undefined;
  /** Certificates that the app may prove itself by, in PEM. */
  readonly certificates?: readonly string[] | undefined;
  /** Left out: every loopback address is registered. */
  readonly redirectUris?: readonly string[] | undefined;
  readonly consent?: ConsentMode | undefined;
  readonly lifetimes?: Partial<TokenLifetimes> | undefined;
  readonly limits?: Partial<ThrottleLimits> | undefined;
  readonly delivery?: Partial<DeliveryRules> | undefined;
  readonly deltaTokenLifetimeMs?: number | undefined;
  readonly maxSubscriptionMinutes?: number | undefined;
  /** How far Graph's clock is ahead of the machine's; behind when negative. */
  readonly clockSkewMs?: number | undefined;
  /** True: all awkwardness at its ordinary rates; otherwise the rates of some kinds. Left out: none. */
  readonly awkward?: Partial<AwkwardRates> | boolean | undefined;
  readonly recoverable?: Partial<RecoverableRules> | undefined;
  readonly tenant?: TenantChanges | undefined;
  /** Part of the moves whose arrival delta does not tell of: 0 to 1. */
  readonly hiddenArrivalRate?: number | undefined;
  /** A report of graph:contract: the emulator behaves like that tenant, unless another option says otherwise. */
  readonly as?: TenantReport | undefined;
}

/** Entra ID's lifetimes; a refresh token that was exchanged stays good, as there. */
export const entraTokenLifetimes: TokenLifetimes = {
  codeMs: 10 * minuteMs,
  accessTokenMs: 60 * minuteMs,
  refreshTokenMs: 90 * dayMs,
  refreshGraceMs: Number.POSITIVE_INFINITY,
};

export const defaultDeltaTokenLifetimeMs = 30 * dayMs;
export const maxFilteredDelta = 5_000;
export const defaultMaxSubscriptionMinutes = 10_080;
export const defaultClientId = '11111111-2222-4333-8444-555555555555';
export const defaultClientSecret = 'emulator-client-secret';
