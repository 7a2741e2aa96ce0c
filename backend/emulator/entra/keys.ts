import { OAuth2Issuer } from 'oauth2-mock-server';

export interface Claims {
  readonly [claim: string]: unknown;
}

let sharedIssuer: Promise<OAuth2Issuer> | undefined;

/** Signs the tokens of every tenant with one key, and publishes it. */
export class SigningKeys {
  readonly #issuer: OAuth2Issuer;

  private constructor(issuer: OAuth2Issuer) {
    this.#issuer = issuer;
  }

  /** The emulators of one process share a key: making one takes longer than all the rest of a start. */
  static async open(): Promise<SigningKeys> {
    sharedIssuer ??= generateIssuer();
    return new SigningKeys(await sharedIssuer);
  }

  /** A signed JWT with exactly these claims. Times in them are in seconds. */
  sign(claims: Claims): Promise<string> {
    return this.#issuer.buildToken({ scopesOrTransform: (_header, payload) => Object.assign(payload, claims) });
  }

  /** The public keys as a JWK set. */
  publicKeys(): { readonly keys: readonly unknown[] } {
    return { keys: this.#issuer.keys.toJSON().map((key) => ({ ...key, use: 'sig' })) };
  }
}

async function generateIssuer(): Promise<OAuth2Issuer> {
  const issuer = new OAuth2Issuer();
  issuer.url = 'https://localhost'; // replaced in every token by the tenant's own
  await issuer.keys.generate('RS256');
  return issuer;
}
