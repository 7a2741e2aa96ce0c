import { GraphError } from './errors.ts';

const version = 'v1.0';

/**
 * @param baseUrl of the cloud, as in https://graph.microsoft.com
 * @returns where every request goes below, with a slash at the end
 */
export function apiRoot(baseUrl: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}/${version}/`);
}

/**
 * Judges a link from an answer or from the database. It is foreign input, and the access token goes where it points.
 * @param root as `apiRoot` gives it
 * @throws GraphError with code foreign_link when it does not stay below `root`
 */
export function followUpUrl(link: string, root: URL): URL {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const stays = url !== undefined && url.origin === root.origin && url.pathname.startsWith(root.pathname);
  if (!stays || url.username !== '' || url.password !== '') {
    throw new GraphError({ status: 0, code: 'foreign_link', message: 'A link leads outside the configured Graph' });
  }
  return url;
}
