const openidNames: ReadonlySet<string> = new Set(['openid', 'profile', 'offline_access', 'email']);
const graphResource = 'https://graph.microsoft.com';

export interface ScopeRequest {
  /** Scopes of the resource, without its prefix. */
  readonly resourceScopes: readonly string[];
  readonly openidScopes: readonly string[];
  /** The resource whose API takes the access token. */
  readonly audience: string;
}

/**
 * Reads a scope parameter: `Mail.ReadWrite` and `https://graph.microsoft.com/Mail.ReadWrite` are the same.
 * @param ownGraph base address under which this Graph is reached
 */
export function parseScopes(text: string, ownGraph: string): ScopeRequest {
  const resourceScopes: string[] = [];
  const openidScopes: string[] = [];
  let audience = graphResource;
  for (const scope of text.split(' ')) {
    if (scope === '') continue;
    const lastSlash = scope.lastIndexOf('/');
    const resource = lastSlash > 0 ? scope.slice(0, lastSlash) : graphResource;
    if (resource !== graphResource && resource !== ownGraph && !isNationalGraph(resource)) audience = resource;
    const name = scope.slice(lastSlash + 1);
    (openidNames.has(name) ? openidScopes : resourceScopes).push(name);
  }
  return { resourceScopes, openidScopes, audience };
}

/** True for the audience that this Graph accepts. */
export function isGraphAudience(audience: string): boolean {
  return audience === graphResource;
}

function isNationalGraph(resource: string): boolean {
  return ['https://graph.microsoft.us', 'https://microsoftgraph.chinacloudapi.cn'].includes(resource);
}

/** Scopes that the default policy lets no person consent to by themselves. */
const adminScopes = /^(Mail|MailboxSettings)\./;

/** True when only an admin can consent to one of the scopes. */
export function needsAdmin(scopes: readonly string[]): boolean {
  return scopes.some((scope) => adminScopes.test(scope));
}
