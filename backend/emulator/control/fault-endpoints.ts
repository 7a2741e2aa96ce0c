import { z } from 'zod';
import { refusalNumbers } from '../entra/refusals.ts';
import { awkwardKinds } from '../faults/awkwardness.ts';
import { param } from '../http/router.ts';
import type { EmulatorParts } from '../parts.ts';
import { type Endpoints, nothing } from './endpoint.ts';

const rate = z.number().min(0).max(1);

const requestFault = z.strictObject({
  kind: z.union([z.literal([429, 500, 503, 504]), z.enum(['reset', 'slow', 'error', 'empty', 'entra'])]),
  target: z.enum(['graph', 'login']).optional(),
  mailbox: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  times: z.number().int().positive().optional(),
  rate: rate.optional(),
  retryAfterSeconds: z.number().int().nonnegative().optional(),
  retryAfterAsDate: z.boolean().optional(),
  isCarriedOut: z.boolean().optional(),
  status: z.number().int().min(400).max(599).optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  aadsts: z.literal([...refusalNumbers]).optional(),
  delayMs: z.number().nonnegative().optional(),
});

const awkwardRates = z.union([z.boolean(), z.partialRecord(z.enum(awkwardKinds), rate)]);

const recoverableRules = z.strictObject({
  retentionMs: z.number().nonnegative().optional(),
  readable: z.enum(['all', 'messages', 'none']).optional(),
});

const notificationFaults = z.strictObject({
  dropRate: rate.default(0),
  duplicateRate: rate.default(0),
  delayRate: rate.default(0),
  delayMs: z.number().nonnegative().default(0),
  reorderRate: rate.default(0),
});

const limits = z.strictObject({
  concurrency: z.number().int().positive().optional(),
  quota: z.number().int().positive().optional(),
  windowMs: z.number().positive().optional(),
  concurrencyRetryAfterSeconds: z.number().int().nonnegative().optional(),
});

const deltaRules = z.strictObject({
  hiddenArrivalRate: rate.optional(),
  tokenLifetimeMs: z.number().positive().optional(),
  goneCode: z.enum(['syncStateNotFound', 'resyncRequired', 'SyncStateInvalid']).optional(),
  partialReads: z.boolean().optional(),
});

const lifecycle = z.strictObject({ event: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']) });

/** What goes wrong: requests, notifications, delta, subscriptions, limits, time. */
export function addFaultEndpoints(endpoints: Endpoints, parts: EmulatorParts): void {
  const { faults, notifier, throttle, clock, moves, delta, subscriptions, awkward, recoverable } = parts;
  endpoints
    .add('POST', '/_emulator/faults/requests', requestFault, ({ body }) => void faults.add(body))
    .add('DELETE', '/_emulator/faults/requests', nothing, () => faults.clear())
    .add('PUT', '/_emulator/faults/notifications', notificationFaults, ({ body }) => {
      notifier.faults = body;
    })
    .add('PUT', '/_emulator/faults/delta', deltaRules, ({ body }) => {
      moves.hiddenArrivalRate = body.hiddenArrivalRate ?? moves.hiddenArrivalRate;
      delta.tokenLifetimeMs = body.tokenLifetimeMs ?? delta.tokenLifetimeMs;
      delta.goneCode = body.goneCode ?? delta.goneCode;
      delta.partialReads = body.partialReads ?? delta.partialReads;
    })
    .add('GET', '/_emulator/awkward', nothing, () => awkward.rates)
    .add('PUT', '/_emulator/awkward', z.strictObject({ rates: awkwardRates }), ({ body }) => {
      awkward.set(body.rates);
      return awkward.rates;
    })
    .add('PUT', '/_emulator/recoverable', recoverableRules, ({ body }) => {
      recoverable.retentionMs = body.retentionMs ?? recoverable.retentionMs;
      recoverable.readable = body.readable ?? recoverable.readable;
    })
    .add('PUT', '/_emulator/limits', limits, ({ body }) => {
      throttle.limits = { ...throttle.limits, ...defined(body) };
      return throttle.limits;
    })
    .add('POST', '/_emulator/clock', z.strictObject({ advanceMs: z.number() }), ({ body }) => {
      clock.advance(body.advanceMs);
      return { now: new Date(clock.now()).toISOString() };
    })
    .add('GET', '/_emulator/subscriptions', nothing, () =>
      subscriptions.all().map(({ person, changeTypes, expiresAtMs, clientState: _secret, ...fields }) => ({
        ...fields,
        mailbox: person.email,
        changeTypes: [...changeTypes],
        expires: new Date(expiresAtMs).toISOString(),
      })),
    )
    .add('PUT', '/_emulator/subscriptions/limit', z.strictObject({ maxMinutes: z.number().positive() }), ({ body }) => {
      subscriptions.maxMinutes = body.maxMinutes;
    })
    .add('DELETE', '/_emulator/subscriptions/:subscription', nothing, ({ params }) =>
      subscriptions.end(param(params, 'subscription')),
    )
    .add('POST', '/_emulator/subscriptions/:subscription/lifecycle', lifecycle, ({ params, body }) =>
      notifier.lifecycle(param(params, 'subscription'), body.event),
    );
}

/** Without the fields that were left out. */
function defined(fields: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const given: Record<string, number> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given[name] = value;
  return given;
}
