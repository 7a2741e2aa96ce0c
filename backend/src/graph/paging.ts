import { z } from 'zod';
import type { GraphClient } from './client.ts';
import { GraphError } from './errors.ts';
import { refusedFields, text } from './lenient.ts';
import { type GraphRequest, nameOf, type SendOptions } from './request.ts';
import { defined } from '../lib/defined.ts';

/** An item of a page that is not understood. */
export interface UnreadableItem {
  /** Missing when it has none. */
  readonly id?: string;
  /** Paths of the fields that were refused. */
  readonly fields: readonly string[];
}

export interface Page<T> {
  /** May be empty even if more pages follow. */
  readonly items: readonly T[];
  readonly unreadable: readonly UnreadableItem[];
  /** Link to the next page; missing on the last. */
  readonly nextLink?: string;
  /** On the last page of a delta query: link to later changes. */
  readonly deltaLink?: string;
}

/** Builds the schema of a page. Items are parsed one by one: one that is not understood does not spoil the page. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return z
    .object({
      value: z.array(z.unknown()).nullish(), // null for an empty page
      '@odata.nextLink': text,
      '@odata.deltaLink': text,
    })
    .transform(({ value, '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink }) =>
      defined<Page<T>>({
        ...readItems(item, value ?? []),
        nextLink: nextLink ?? undefined,
        deltaLink: deltaLink ?? undefined,
      }),
    );
}

function readItems<T>(item: z.ZodType<T>, candidates: readonly unknown[]): Pick<Page<T>, 'items' | 'unreadable'> {
  const read = { items: [] as T[], unreadable: [] as UnreadableItem[] };
  for (const candidate of candidates) {
    const { success, data, error } = item.safeParse(candidate);
    if (success) read.items.push(data);
    else read.unreadable.push({ ...identified.safeParse(candidate).data, fields: refusedFields(error) });
  }
  return read;
}

const identified = z.object({ id: z.string().min(1) });

/**
 * Fetches pages lazily, one after the other.
 * @param first requests the first page; give it the `link` of an earlier query to continue that
 * @throws what `send` throws; GraphError with code paging_loop when a page links to itself
 */
export async function* pages<T>(
  client: GraphClient,
  first: GraphRequest<Page<T>>,
  options: SendOptions,
): AsyncGenerator<Page<T>, void> {
  let request = first;
  for (;;) {
    const page = await client.send(request, options);
    yield page;
    if (page.nextLink === undefined) return;
    if (page.nextLink === request.link) throw pagingLoop(request);
    request = { ...first, link: page.nextLink };
  }
}

/** Yields the items of all pages. @throws what `pages` throws */
export async function* items<T>(
  client: GraphClient,
  first: GraphRequest<Page<T>>,
  options: SendOptions,
): AsyncGenerator<T, void> {
  for await (const page of pages(client, first, options)) yield* page.items;
}

function pagingLoop(request: GraphRequest<unknown>): GraphError {
  return new GraphError({ status: 200, code: 'paging_loop', message: `${nameOf(request)}: a page links to itself` });
}
