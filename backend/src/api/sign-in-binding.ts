import type { Request } from 'express';
import type { Cookies } from '../http/cookies.ts';

/** Binds a sign-in to the browser that started it. */
const bindingCookie = 'msedb_login';
const bindingSeconds = 600;

/** Remembers that the person of this browser has MSEDB only look: a sign-in does not ask them for more. Names nobody. */
const lookCookie = 'msedb_look';
const lookSeconds = 400 * 86_400;

/** Returns true if this browser remembers that its person has MSEDB only look. */
export function isLookRemembered(cookies: Cookies, request: Request): boolean {
  return cookies.read(request, lookCookie) === '1';
}

/** Returns the cookie by which the browser remembers, or forgets, that its person has MSEDB only look. */
export function rememberLook(cookies: Cookies, isLooking: boolean): string {
  return isLooking ? cookies.make({ name: lookCookie, value: '1', maxAgeS: lookSeconds }) : cookies.remove(lookCookie);
}

/** Returns the value by which a browser is known that has started a sign-in. */
export function browserBindingOf(cookies: Cookies, request: Request): string | undefined {
  return cookies.read(request, bindingCookie);
}

/** Returns the cookie that binds a sign-in to the browser that started it. */
export function bindBrowser(cookies: Cookies, value: string): string {
  return cookies.make({ name: bindingCookie, value, maxAgeS: bindingSeconds });
}
