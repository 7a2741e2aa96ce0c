import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request } from 'express';

/** The attributes of our cookies: hidden from scripts, never sent by other sites. */
interface CookieOptions {
  readonly name: string;
  readonly value: string;
  /** Seconds; 0 removes it. */
  readonly maxAgeS: number;
}

/** What an answer adds that ends a session for good: the browser forgets what it has kept of this site. */
export const leavingHeaders = { 'clear-site-data': '"cache", "storage"' } as const;

/** Makes and reads the cookies of a service that browsers reach at `appUrl`. */
export class Cookies {
  readonly #secure: boolean;

  constructor(appUrl: string) {
    this.#secure = appUrl.startsWith('https://');
  }

  /** A Set-Cookie value. Over https the __Host- prefix keeps other hosts and paths from setting it. */
  make({ name, value, maxAgeS }: CookieOptions): string {
    return stringifySetCookie({
      name: this.fullName(name),
      value,
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#secure,
      path: '/',
      maxAge: maxAgeS,
    });
  }

  /** A Set-Cookie value that removes it. */
  remove(name: string): string {
    return this.make({ name, value: '', maxAgeS: 0 });
  }

  read(request: Request, name: string): string | undefined {
    return parseCookie(request.headers.cookie ?? '')[this.fullName(name)];
  }

  /** The name under which browsers know it. */
  fullName(name: string): string {
    return this.#secure ? `__Host-${name}` : name;
  }
}
