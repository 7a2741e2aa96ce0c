import type { EmulatorClock } from '../clock.ts';
import type { AccessToken, Grants } from '../entra/grants.ts';
import { isGraphAudience } from '../entra/scopes.ts';
import { GraphFailure } from '../errors.ts';
import type { EmulatorRequest } from '../http/exchange.ts';

/** The access token that a request carries. @throws 401 `InvalidAuthenticationToken` */
export function authenticate(grants: Grants, clock: EmulatorClock, { headers }: EmulatorRequest): AccessToken {
  const text = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (text === undefined) throw unauthorized('Access token is empty.');
  const token = grants.accessToken(text);
  if (token === undefined) throw unauthorized('IDX14100: JWT is not well formed, or was not issued here.');
  if (!isGraphAudience(token.audience)) throw unauthorized('Access token validation failure. Invalid audience.');
  if (token.expiresAtMs <= clock.now()) throw unauthorized('Lifetime validation failed, the token is expired.');
  return token;
}

function unauthorized(message: string): GraphFailure {
  return new GraphFailure(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate':
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
  });
}
