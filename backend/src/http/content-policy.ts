import type { RequestHandler } from 'express';
import helmet, { contentSecurityPolicy } from 'helmet';

const strict = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/**
 * The headers that tell browsers what an answer may do. Over plain http, as on localhost, a browser must not be told to
 * use https.
 */
export function securityHeaders(appUrl: string): RequestHandler {
  if (appUrl.startsWith('https://')) {
    return helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { ...strict, upgradeInsecureRequests: [] } },
    });
  }
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: strict },
    strictTransportSecurity: false,
  });
}

/**
 * The policy of a page from somebody else's package (Swagger UI, bull-board). Both set inline styles; a font that
 * bull-board requests from another host is blocked.
 * @param baseUri 'self' for a page with a base element
 */
export function foreignPagePolicy(baseUri: 'none' | 'self'): RequestHandler {
  return contentSecurityPolicy({
    useDefaults: false,
    directives: { ...strict, styleSrc: ["'self'", "'unsafe-inline'"], baseUri: [`'${baseUri}'`] },
  });
}
