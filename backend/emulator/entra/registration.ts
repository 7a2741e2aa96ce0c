/** The app as it is registered. */
export interface AppRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** True: it has no secret and no certificate, and proves itself by PKCE. */
  readonly isPublic: boolean;
  /** In PEM. */
  readonly certificates: readonly string[];
  /** Undefined: every loopback address is registered. */
  readonly redirectUris: readonly string[] | undefined;
}

function isRegistered({ redirectUris }: AppRegistration, redirectUri: string): boolean {
  if (redirectUris !== undefined) return redirectUris.map(withoutPort).includes(withoutPort(redirectUri));
  return URL.canParse(redirectUri) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(redirectUri).hostname);
}

/** Of http loopback addresses the port does not count (RFC 8252, section 7.3); Entra ID does not know [::1]. */
function withoutPort(uri: string): string {
  if (!URL.canParse(uri)) return uri;
  const url = new URL(uri);
  if (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)) url.port = '';
  return url.href;
}

/** A refusal that must not be redirected: the address itself is in doubt. */
export function refuseClient(app: AppRegistration, query: URLSearchParams): [number, string] | undefined {
  const redirectUri = query.get('redirect_uri') ?? '';
  const clientId = query.get('client_id');
  if (clientId !== app.clientId)
    return [700016, `Application with identifier '${clientId}' was not found in the directory.`];
  if (!isRegistered(app, redirectUri)) {
    return [
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured.`,
    ];
  }
  return undefined;
}
