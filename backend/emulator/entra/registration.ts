/** The app as it is registered. */
export interface AppRegistration {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: every loopback address is registered. */
  readonly redirectUris: readonly string[] | undefined;
}

export function isRegistered({ redirectUris }: AppRegistration, redirectUri: string): boolean {
  if (redirectUris !== undefined) return redirectUris.includes(redirectUri);
  return URL.canParse(redirectUri) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(redirectUri).hostname);
}
