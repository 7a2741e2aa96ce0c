import { z } from 'zod';
import type { EmulatorOptions } from './options.ts';
import type { TenantBehavior, ToldProperties } from './tenant-behavior.ts';

/** The part of a report of graph:contract that an emulator reads: what was found, by the id of the assumption. */
const reportShape = z.object({
  contract: z.literal(1),
  answers: z.record(z.string(), z.object({ found: z.string().optional() })),
});
export type TenantReport = z.infer<typeof reportShape>;

/** Reads a report. @throws Error when the text is none */
export function parseTenantReport(text: string): TenantReport {
  try {
    return reportShape.parse(JSON.parse(text));
  } catch (error) {
    throw new Error('This is no report of npm run graph:contract', { cause: error });
  }
}

type Vary = (found: string) => EmulatorOptions | undefined;

/** What an emulator does about an answer; nothing, when it cannot behave so. */
const variations: Readonly<Record<string, Vary>> = {
  'writes.flag-dates': (found) => (found === 'kept' || found === 'dropped' ? tenant({ flagDates: found }) : undefined),
  'writes.patch-select': (found) => tenant({ patchAnswersBody: found === 'body' }),
  'writes.move-select': (found) => tenant({ moveAnswersBody: found === 'body' }),
  'items.empty-header': (found) =>
    found === 'empty' || found === 'null' || found === 'absent' ? tenant({ emptyHeader: found }) : undefined,
  'folders.missing': (found) => {
    const [, status, code] = /^(\d{3}) (\w+)$/.exec(found) ?? [];
    return status === undefined || code === undefined
      ? undefined
      : tenant({ missingFolder: { status: Number(status), code } });
  },
  'folders.search-in-delta': (found) => tenant({ hasSearchFoldersInDelta: found !== 'left out' }),
  'delta.read-change': (found) => told('isRead', found),
  'delta.flag-change': (found) => told('flag', found),
  'delta.categories-change': (found) => told('categories', found),
  'delta.moved-arrival': (found) => ({ hiddenArrivalRate: found === 'hidden' ? 1 : 0 }),
  'deletions.readable': (found) => (found.startsWith('404') ? { recoverable: { readable: 'none' } } : undefined),
  'deletions.parent': (found) =>
    found === 'without a well-known name' ? { recoverable: { softDeletedIn: 'purges' } } : undefined,
  'deletions.parent-readable': (found) =>
    found.startsWith('404') ? { recoverable: { readable: 'messages' } } : undefined,
  'subscriptions.move-kinds': (found) => {
    const kinds = (['updated', 'deleted', 'created'] as const).filter((kind) => found.split(' ').includes(kind));
    return kinds.length === 0 ? undefined : tenant({ moveNotifications: kinds });
  },
  'scopes.narrowed': (found) => tenant({ tokenScopes: found === 'Mail.ReadBasic' ? 'asked' : 'consented' }),
  'subscriptions.longest-lifetime': longestLifetime,
};

/** The ids that an emulator can follow. */
export const variedAnswers: readonly string[] = Object.keys(variations);

/** The options of an emulator that behaves like the tenant of a report. What the report does not tell stays usual. */
export function optionsOf({ answers }: TenantReport): EmulatorOptions {
  let options: EmulatorOptions = {};
  for (const [id, vary] of Object.entries(variations)) {
    const found = answers[id]?.found;
    if (found !== undefined) options = merged(options, vary(found) ?? {});
  }
  return options;
}

/** Options over others: behaviors and rules are joined, the rest is replaced. */
export function merged(below: EmulatorOptions, above: EmulatorOptions): EmulatorOptions {
  const toldOf = { ...below.tenant?.toldOf, ...above.tenant?.toldOf };
  return {
    ...below,
    ...above,
    recoverable: { ...below.recoverable, ...above.recoverable },
    tenant: { ...below.tenant, ...above.tenant, ...(Object.keys(toldOf).length === 0 ? {} : { toldOf }) },
  };
}

function tenant(behavior: NonNullable<EmulatorOptions['tenant']>): EmulatorOptions {
  return { tenant: behavior };
}

function told(part: keyof TenantBehavior['toldOf'], found: string): EmulatorOptions {
  const properties: ToldProperties = found === 'whole' ? found : found.split(' ');
  return tenant({ toldOf: { [part]: properties } });
}

/** Granted with fewer minutes, or refused: then the limit is below, and what the field has seen. */
function longestLifetime(found: string): EmulatorOptions {
  const minutes = /^(\d+) minutes$/.exec(found)?.[1];
  return minutes === undefined ? { maxSubscriptionMinutes: 10_070 } : tenant({ grantedMinutes: Number(minutes) });
}
