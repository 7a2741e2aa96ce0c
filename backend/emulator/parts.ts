import { merged, optionsOf } from './as-reported.ts';
import { EmulatorClock } from './clock.ts';
import { Grants } from './entra/grants.ts';
import { SignIn } from './entra/sign-in.ts';
import { Awkwardness } from './faults/awkwardness.ts';
import { MoveVisibility } from './faults/move-visibility.ts';
import { RequestFaults } from './faults/request-faults.ts';
import type { DeltaRules } from './graph/delta-token.ts';
import { IdMint } from './ids.ts';
import { PrivacyLedger } from './ledgers/privacy.ts';
import { TruthLedger } from './ledgers/truth.ts';
import type { Whims } from './mailbox/mailbox-parts.ts';
import { type RecoverableRules, defaultRecoverableRules } from './mailbox/recoverable-items.ts';
import { Notifier } from './notifications/notifier.ts';
import { graphDeliveryRules } from './notifications/outbox.ts';
import { Subscriptions } from './notifications/subscriptions.ts';
import {
  defaultClientId,
  defaultClientSecret,
  defaultDeltaTokenLifetimeMs,
  type EmulatorOptions,
  maxFilteredDelta,
  defaultMaxSubscriptionMinutes,
  entraTokenLifetimes,
} from './options.ts';
import { People } from './people.ts';
import { SeededRandom } from './random.ts';
import { type TenantBehavior, usualBehavior } from './tenant-behavior.ts';
import { outlookLimits, Throttle } from './throttle.ts';

/** The parts of an emulator that tests, the demo and the control API steer it by. */
export interface EmulatorParts {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: EmulatorClock;
  readonly random: SeededRandom;
  readonly people: People;
  readonly signIn: SignIn;
  readonly grants: Grants;
  readonly throttle: Throttle;
  readonly faults: RequestFaults;
  readonly awkward: Awkwardness;
  readonly moves: MoveVisibility;
  readonly recoverable: RecoverableRules;
  readonly delta: DeltaRules;
  readonly subscriptions: Subscriptions;
  readonly notifier: Notifier;
  readonly truth: TruthLedger;
  readonly privacy: PrivacyLedger;
  readonly tenant: TenantBehavior;
}

/** Makes the parts; nothing of them listens, or runs, yet. */
export function createParts(asked: EmulatorOptions): EmulatorParts {
  const options = asked.as === undefined ? asked : merged(optionsOf(asked.as), asked);
  const clock = new EmulatorClock(options.clockSkewMs);
  const random = new SeededRandom(options.seed ?? Math.floor(Math.random() * 2 ** 32));
  const ids = new IdMint(random);
  const truth = new TruthLedger(clock);
  const awkward = new Awkwardness(random.seed, options.awkward);
  const moves = new MoveVisibility(random);
  moves.hiddenArrivalRate = options.hiddenArrivalRate ?? 0;
  const recoverable = { ...defaultRecoverableRules(), ...options.recoverable };
  const grants = new Grants(clock, { ...entraTokenLifetimes, ...options.lifetimes });
  const subscriptions = new Subscriptions(clock, ids, options.maxSubscriptionMinutes ?? defaultMaxSubscriptionMinutes);
  const tenant = tenantOf(options);
  subscriptions.grantedMinutes = tenant.grantedMinutes;
  const rules = { ...graphDeliveryRules, ...options.delivery };
  const notifier = new Notifier({ subscriptions, random, rules, awkward, tenant });
  const people = new People({
    clock,
    ids,
    truth,
    recoverable,
    whims: whimsOf(moves, awkward),
    onChange: (person, change) => notifier.changed(person, change),
    onRemove: (person) => {
      grants.revoke(person, 'user_removed');
      for (const { id } of subscriptions.all(person)) subscriptions.end(id);
    },
  });
  return {
    clientId: options.clientId ?? defaultClientId,
    clientSecret: options.clientSecret ?? defaultClientSecret,
    clock,
    random,
    people,
    signIn: new SignIn(people, options.consent ?? 'auto'),
    grants,
    throttle: new Throttle(clock, { ...outlookLimits, ...options.limits }),
    faults: new RequestFaults(random),
    awkward,
    moves,
    recoverable,
    delta: deltaRules(options),
    subscriptions,
    notifier,
    truth,
    privacy: new PrivacyLedger(),
    tenant,
  };
}

function tenantOf({ tenant }: EmulatorOptions): TenantBehavior {
  return { ...usualBehavior, ...tenant, toldOf: { ...usualBehavior.toldOf, ...tenant?.toldOf } };
}

function whimsOf(moves: MoveVisibility, awkward: Awkwardness): Whims {
  return {
    hidesArrival: () => moves.hidesArrival() || awkward.hidesArrival(),
    changesId: () => awkward.changesId(),
    bend: (draft) => awkward.bend(draft),
    misses: () => awkward.misses(),
  };
}

function deltaRules({ deltaTokenLifetimeMs }: EmulatorOptions): DeltaRules {
  return {
    tokenLifetimeMs: deltaTokenLifetimeMs ?? defaultDeltaTokenLifetimeMs,
    maxFiltered: maxFilteredDelta,
    goneCode: 'syncStateNotFound',
    partialReads: true,
    isTerse: false,
  };
}
