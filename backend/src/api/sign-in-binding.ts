import type { Request } from 'express';
import type { Cookies } from '../http/cookies.ts';

/** Binds a sign-in to the browser that started it. */
const bindingCookie = 'msedb_login';
const bindingSeconds = 600;

/** Returns the value by which a browser is known that has started a sign-in. */
export function browserBindingOf(cookies: Cookies, request: Request): string | undefined {
  return cookies.read(request, bindingCookie);
}

/** Returns the cookie that binds a sign-in to the browser that started it. */
export function bindBrowser(cookies: Cookies, value: string): string {
  return cookies.make({ name: bindingCookie, value, maxAgeS: bindingSeconds });
}
