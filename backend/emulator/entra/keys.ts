import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { OAuth2Issuer } from 'oauth2-mock-server';

export interface Claims {
  readonly [claim: string]: unknown;
}

/** A signature that is wrong: of a key that is not published, of nobody, or of other claims. */
export const badSignatures = ['foreign', 'none', 'broken'] as const;
export type BadSignature = (typeof badSignatures)[number];

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

  /** A signed JWT with exactly these claims; one that is null is left out. Times in them are in seconds. */
  sign(claims: Claims): Promise<string> {
    return this.#issuer.buildToken({
      scopesOrTransform: (_header, payload) => {
        Object.assign(payload, claims);
        for (const [name, value] of Object.entries(claims)) if (value === null) Reflect.deleteProperty(payload, name);
      },
    });
  }

  /** A JWT with these claims and a signature that no app may accept. */
  async signBadly(claims: Claims, how: BadSignature): Promise<string> {
    if (how === 'none') return new UnsecuredJWT({ ...claims }).encode();
    if (how === 'broken') {
      const [header, , signature] = (await this.sign(claims)).split('.');
      const payload = Buffer.from(JSON.stringify({ ...claims, name: 'Somebody else' })).toString('base64url');
      return [header, payload, signature].join('.');
    }
    const { privateKey } = await generateKeyPair('RS256');
    const kid = this.#issuer.keys.toJSON()[0]?.kid ?? '';
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
  }

  /** The public keys as a JWK set. @param issuer whose tokens they sign; may contain {tenantid} */
  publicKeys(issuer: string): { readonly keys: readonly unknown[] } {
    return { keys: this.#issuer.keys.toJSON().map((key) => ({ ...key, use: 'sig', issuer })) };
  }
}

async function generateIssuer(): Promise<OAuth2Issuer> {
  const issuer = new OAuth2Issuer();
  issuer.url = 'https://localhost'; // replaced in every token by the tenant's own
  await issuer.keys.generate('RS256');
  return issuer;
}
