import { z } from 'zod';
import type { GraphClient } from './client.ts';
import { GraphError } from './errors.ts';
import { type GraphRequest, nameOf, type SendOptions } from './request.ts';
import { defined } from '../lib/defined.ts';

export interface Page<T> {
  /** May be empty even if more pages follow. */
  readonly items: readonly T[];
  /** Link to the next page; missing on the last. */
  readonly nextLink?: string;
  /** On the last page of a delta query: link to later changes. */
  readonly deltaLink?: string;
}

/** Builds the schema of a page from the schema of its items. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return z
    .object({
      value: z.array(item),
      '@odata.nextLink': z.string().optional(),
      '@odata.deltaLink': z.string().optional(),
    })
    .transform(({ value, '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink }) =>
      defined<Page<T>>({ items: value, nextLink, deltaLink }),
    );
}

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
