/** The app as it is registered. */
export interface AppRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: every loopback address is registered. */
  readonly redirectUris: readonly string[] | undefined;
}

function isRegistered({ redirectUris }: AppRegistration, redirectUri: string): boolean {
  if (redirectUris !== undefined) return redirectUris.includes(redirectUri);
  return URL.canParse(redirectUri) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(redirectUri).hostname);
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
