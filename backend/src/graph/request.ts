import type { z } from 'zod';
import type { SelectableField } from './select.ts';

/** `$select` is not among them: what is selected comes from the lists in select.ts. */
type QueryOption = '$top' | '$filter' | '$orderby';

/** One thing to ask of Graph, not yet sent: it can be sent alone, page by page, or as a part of a batch. */
export interface GraphRequest<T> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path as a template, as in /me/messages/{messageId}: errors and metrics name it, and so never an id. */
  readonly route: string;
  /** What stands for the names in braces. */
  readonly ids?: Readonly<Record<string, string>>;
  readonly select?: readonly SelectableField[];
  readonly query?: Readonly<Partial<Record<QueryOption, string>>>;
  /** A next or delta link from Graph: it is fetched instead, and holds ids, select and query already. */
  readonly link?: string | undefined;
  /** Preferences beside the one for immutable ids, such as odata.maxpagesize=200. */
  readonly prefer?: readonly string[];
  readonly body?: unknown;
  /**
   * Whether doing it twice is the same as doing it once. If not, it is not repeated after a failure that leaves open
   * whether it was done: the caller has to look.
   */
  readonly repeatable: boolean;
  /** How many of the mailbox's places it takes; 1 when left out. */
  readonly places?: number;
  readonly answer: z.ZodType<T>;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** The longest that the request may be held back, in all, by Graph's throttling and between tries. */
  readonly maxWaitMs?: number;
}

/** The part of a request that errors and metrics name it by. */
export type RequestName = Pick<GraphRequest<unknown>, 'method' | 'route'>;

/** Names a request for errors and metrics, as in "GET /me/messages/{messageId}". */
export function nameOf(request: RequestName): string {
  return `${request.method} ${request.route}`;
}

/**
 * The path and query of a request, below the version, as a batch part names them too.
 * @throws Error when an id is missing, or would change the path
 */
export function pathOf({ route, ids, select, query }: GraphRequest<unknown>): string {
  const path = route.replace(/\{(\w+)\}/g, (_braces, name: string) => pathSegment(name, ids?.[name]));
  const options = Object.entries({ ...query, ...(select === undefined ? {} : { $select: select.join(',') }) });
  if (options.length === 0) return path;
  return `${path}?${options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** encodeURIComponent leaves dots alone, and a URL drops the segments "." and "..". */
function pathSegment(name: string, id: string | undefined): string {
  if (id === undefined || /^\.{0,2}$/.test(id)) throw new Error(`${name} is not an id`);
  return encodeURIComponent(id);
}

/** The Prefer header: without an immutable id, a message that is moved changes its id. */
export function preferenceOf(request: Pick<GraphRequest<unknown>, 'prefer'>): string {
  return ['IdType="ImmutableId"', ...(request.prefer ?? [])].join(', ');
}
