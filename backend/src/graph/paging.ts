import { z } from 'zod';
import type { GraphClient } from './client.ts';
import { GraphError } from './errors.ts';
import { type GraphRequest, nameOf, type SendOptions } from './request.ts';
import { defined } from '../lib/defined.ts';

export interface Page<T> {
  /** May be empty although further pages follow. */
  readonly items: readonly T[];
  /** Leads to the next page; missing on the last. */
  readonly nextLink?: string;
  /** On the last page of a delta round: leads to what changes from now on. */
  readonly deltaLink?: string;
}

/** The answer of a list, given the shape of one item. */
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
 * Fetches page after page, each when it is asked for.
 * @param first the first page; to go on where an earlier round ended, give it that round's `link`
 * @throws what `send` throws; GraphError with code paging_loop when a page leads to itself
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

/** The items of all pages, one by one. @throws what `pages` throws */
export async function* items<T>(
  client: GraphClient,
  first: GraphRequest<Page<T>>,
  options: SendOptions,
): AsyncGenerator<T, void> {
  for await (const page of pages(client, first, options)) yield* page.items;
}

function pagingLoop(request: GraphRequest<unknown>): GraphError {
  return new GraphError({ status: 200, code: 'paging_loop', message: `${nameOf(request)}: a page leads to itself` });
}
