import type { Person } from '../people.ts';
import { denyChoice } from './sign-in.ts';

/** Field of the page that says what was clicked: an address, or `deny`. */
export const clickedField = 'emulator_answer';

interface PageContent {
  readonly query: URLSearchParams;
  readonly people: readonly Person[];
  readonly scopes: readonly string[];
}

/** The page on which somebody chooses who signs in, and says yes or no. It works without scripts. */
export function consentPage({ query, people, scopes }: PageContent): string {
  const hidden = [...query]
    .filter(([name]) => name !== clickedField)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`);
  const choices = people.map(
    ({ email, name }) =>
      `<p><button name="${clickedField}" value="${escapeHtml(email)}">Accept as ${escapeHtml(name)} (${escapeHtml(email)})</button></p>`,
  );
  return page(
    'Sign in',
    `<p>The app asks for:</p><ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
<form method="get">${hidden.join('')}
${choices.length > 0 ? choices.join('\n') : '<p>Nobody has an account here.</p>'}
<p><button name="${clickedField}" value="${denyChoice}">Cancel</button></p></form>`,
  );
}

/** A page that sends the answer on to the app by itself, for `response_mode=form_post`. */
export function formPostPage(redirectUri: string, answer: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(answer).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return page(
    'Working…',
    `<form method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}<button>Continue</button></form>
<script>document.forms[0].submit()</script>`,
  );
}

/** What the browser sees when the app's request cannot be answered with a redirect. */
export function errorPage(code: number, message: string): string {
  return page('Sorry, but we’re having trouble signing you in.', `<p>AADSTS${code}: ${escapeHtml(message)}</p>`);
}

export function signedOutPage(): string {
  return page('You signed out of your account', '<p>It is a good idea to close all browser windows.</p>');
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<h1>${title}</h1>${body}<p><small>Emulated sign-in: nothing here is Microsoft’s.</small></p></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
