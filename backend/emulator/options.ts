import type { ConsentMode } from './entra/sign-in.ts';
import type { TokenLifetimes } from './entra/grants.ts';
import type { DeliveryRules } from './notifications/outbox.ts';
import type { ThrottleLimits } from './throttle.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface EmulatorOptions {
  /** 0, or left out, takes a free one. */
  readonly port?: number | undefined;
  /** Everything is served below it, as /cloud; otherwise at the root. */
  readonly basePath?: string | undefined;
  readonly seed?: number | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Left out: every loopback address is registered. */
  readonly redirectUris?: readonly string[] | undefined;
  readonly consent?: ConsentMode | undefined;
  readonly lifetimes?: Partial<TokenLifetimes> | undefined;
  readonly limits?: Partial<ThrottleLimits> | undefined;
  readonly delivery?: Partial<DeliveryRules> | undefined;
  readonly deltaTokenLifetimeMs?: number | undefined;
  readonly maxSubscriptionMinutes?: number | undefined;
}

/** Entra ID's lifetimes; a refresh token that was exchanged stays good, as there. */
export const TOKEN_LIFETIMES: TokenLifetimes = {
  codeMs: 10 * MINUTE_MS,
  accessTokenMs: 60 * MINUTE_MS,
  refreshTokenMs: 90 * DAY_MS,
  refreshGraceMs: Number.POSITIVE_INFINITY,
};

export const DELTA_TOKEN_LIFETIME_MS = 30 * DAY_MS;
export const MAX_FILTERED_DELTA = 5_000;
export const MAX_SUBSCRIPTION_MINUTES = 10_080;
export const DEFAULT_CLIENT_ID = '11111111-2222-4333-8444-555555555555';
export const DEFAULT_CLIENT_SECRET = 'emulator-client-secret';
