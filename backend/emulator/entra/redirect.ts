import type { EmulatorReply } from '../http/exchange.ts';
import { formPostPage } from './consent-page.ts';

/** Sends the browser back to the app with an answer, and the state that the app gave. */
export function redirect(query: URLSearchParams, answer: Readonly<Record<string, string>>): EmulatorReply {
  const redirectUri = query.get('redirect_uri') ?? '';
  const state = query.get('state');
  const fields = state === null ? answer : { ...answer, state };
  if (query.get('response_mode') === 'form_post') return { status: 200, body: formPostPage(redirectUri, fields) };
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return { status: 302, headers: { location: url.href, 'cache-control': 'no-store' } };
}
