import type { z } from 'zod';
import type { SelectableField } from './select.ts';

/** `$select` is not among them: its value comes from the lists in select.ts. */
type QueryOption = '$top' | '$filter' | '$orderby';

/** Describes a request. It can be sent alone, page by page, or as a part of a batch. */
export interface GraphRequest<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path template, as in /me/messages/{messageId}. Errors and metrics use it, so that they never hold an id. */
  readonly route: string;
  /** Values for the names in braces. */
  readonly ids?: Readonly<Record<string, string>>;
  readonly select?: readonly SelectableField[];
  readonly query?: Readonly<Partial<Record<QueryOption, string>>>;
  /** A next or delta link of Graph, which replaces route, ids, select and query. */
  readonly link?: string | undefined;
  /** Preferences in addition to immutable ids, such as odata.maxpagesize=200. */
  readonly prefer?: readonly string[];
  readonly body?: unknown;
  /**
   * True when the request is idempotent. Others are not retried after a failure that leaves open if they were carried
   * out: the caller must check.
   */
  readonly repeatable: boolean;
  /** Number of places of the mailbox that it takes; 1 when left out. */
  readonly places?: number;
  /** True when a 404 means that the resource is gone, whatever its code: it is not asked for again. */
  readonly is404Final?: boolean;
  readonly answer: z.ZodType<T>;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Longest total wait for throttling and between retries. */
  readonly maxWaitMs?: number;
}

/** The part of a request that errors and metrics name it by. */
export type RequestName = Pick<GraphRequest<unknown>, 'method' | 'route'>;

/** Names a request for errors and metrics, as in "GET /me/messages/{messageId}". */
export function nameOf(request: RequestName): string {
  return `${request.method} ${request.route}`;
}

/**
 * Returns the path and query of a request, relative to the version; parts of a batch use the same form.
 * @throws Error when an id is missing, or would change the path
 */
export function pathOf({ route, ids, select, query }: GraphRequest<unknown>): string {
  const path = route.replace(/\{(\w+)\}/g, (_braces, name: string) => pathSegment(name, ids?.[name]));
  const options = Object.entries({ ...query, ...(select === undefined ? {} : { $select: select.join(',') }) });
  if (options.length === 0) return path;
  return `${path}?${options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** Encodes an id. Refuses "." and "..", because encodeURIComponent keeps them and a URL drops such segments. */
function pathSegment(name: string, id: string | undefined): string {
  if (id === undefined || /^\.{0,2}$/.test(id)) throw new Error(`${name} is not an id`);
  return encodeURIComponent(id);
}

/** Returns the Prefer header. Immutable ids are always requested, or a moved message would change its id. */
export function preferenceOf(request: Pick<GraphRequest<unknown>, 'prefer'>): string {
  return ['IdType="ImmutableId"', ...(request.prefer ?? [])].join(', ');
}
