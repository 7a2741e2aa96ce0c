import type { EmulatorClock } from '../clock.ts';
import type { AccessToken } from '../entra/grants.ts';
import { accessDenied, badRequest } from '../errors.ts';
import type { Awkwardness } from '../faults/awkwardness.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import type { Params } from '../http/router.ts';
import type { PrivacyLedger } from '../ledgers/privacy.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';
import type { Subscriptions } from '../notifications/subscriptions.ts';
import type { Person } from '../people.ts';
import type { TenantBehavior } from '../tenant-behavior.ts';
import type { DeltaRules } from './delta-token.ts';

/** What the handlers of Graph work with. */
export interface GraphParts {
  readonly clock: EmulatorClock;
  readonly privacy: PrivacyLedger;
  readonly subscriptions: Subscriptions;
  readonly delta: DeltaRules;
  readonly awkward: Awkwardness;
  readonly tenant: TenantBehavior;
  readonly clientId: string;
}

/** One request on its way through Graph. */
export interface GraphContext extends GraphParts {
  readonly request: EmulatorRequest;
  readonly params: Params;
  readonly person: Person;
  readonly mailbox: Mailbox;
  readonly token: AccessToken;
  /** `Prefer: IdType="ImmutableId"` */
  readonly immutableIds: boolean;
}

export type GraphHandler = (context: GraphContext) => Promise<EmulatorReply> | EmulatorReply;

/** Each lets a message be read; the narrowest first, and that is the one which counts as used. */
export const readMail = ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'] as const;
export const writeMail = ['Mail.ReadWrite'] as const;

/** @throws 403 when the token has none of the scopes */
export function requireScope({ token, privacy }: GraphContext, anyOf: readonly string[]): void {
  const scope = anyOf.find((name) => token.scopes.has(name));
  if (scope === undefined) throw accessDenied();
  privacy.usedScope(scope);
}

/** True for a token that reads mail by Mail.ReadBasic alone: it gives no content, and no extended properties. */
export function isBasic({ scopes }: AccessToken): boolean {
  return scopes.has('Mail.ReadBasic') && !scopes.has('Mail.Read') && !scopes.has('Mail.ReadWrite');
}

export function prefersImmutableIds({ headers }: EmulatorRequest): boolean {
  return /idtype\s*=\s*"?immutableid"?/i.test(headers['prefer'] ?? '');
}

/** `odata.maxpagesize` of the Prefer header. */
export function preferredPageSize({ headers }: EmulatorRequest): number | undefined {
  const size = /odata\.maxpagesize\s*=\s*(\d+)/i.exec(headers['prefer'] ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

/** A whole number from the query. @throws 400 when it is not one */
export function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid value '${text}' for ${name} query option.`);
  return Number(text);
}

/** Value of `@odata.context` for an answer. */
export function contextUrl({ request, person }: GraphContext, what: string): string {
  return `${request.origin}/v1.0/$metadata#users('${person.oid}')/${what}`;
}
