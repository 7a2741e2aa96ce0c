import { GraphError } from './errors.ts';

const version = 'v1.0';

/**
 * Returns the root of all request paths, with a slash at the end.
 * @param baseUrl address of the cloud, as in https://graph.microsoft.com
 */
export function apiRoot(baseUrl: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}/${version}/`);
}

/**
 * Checks a link from an answer or from the database, because the access token is sent to its address.
 * @param root the result of `apiRoot`
 * @throws GraphError with code foreign_link when the link is not below `root`
 */
export function followUpUrl(link: string, root: URL): URL {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const stays = url !== undefined && url.origin === root.origin && url.pathname.startsWith(root.pathname);
  if (!stays || url.username !== '' || url.password !== '') {
    throw new GraphError({
      status: 0,
      code: 'foreign_link',
      message: 'A link points outside the configured Graph address: it was not followed',
    });
  }
  return url;
}
