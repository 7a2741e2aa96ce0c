import type { ResponseConfig } from '@asteasolutions/zod-to-openapi';
import type { Request } from 'express';
import { z } from 'zod';
import type { ConsentOutcome, ConsentReturn } from '../auth/consent/admin-consent.ts';
import type { SignInDeps } from '../auth/sign-in/sign-in.ts';
import type { Reply } from '../http/reply.ts';
import { AppError } from '../lib/errors.ts';

const schema = z
  .object({
    adminConsent: z
      .enum(['granted', 'elsewhere'])
      .describe('elsewhere: in another directory than the configured one. As Microsoft says; it signs nobody in'),
    tenantId: z.string().nullable().describe('Id of the directory'),
    message: z.string(),
    next: z.string().describe('Path of this service to go on at'),
  })
  .meta({ id: 'AdminConsent' });

/** Describes the answer to a browser that comes from the admin-consent link. */
export const consentReturned: ResponseConfig = {
  description: 'Back from the admin-consent link: what came of it, and what to do next; nobody is signed in',
  content: {
    'application/json': { schema },
    'text/html': { schema: z.string().describe('The same for a person, where a browser asks') },
  },
};

/** Answers a return from the admin-consent link: a page for a browser, JSON for a program. @throws AppError as finish */
export async function answerConsent(
  { adminConsent, microsoft, reportRefusal }: SignInDeps,
  comeback: ConsentReturn,
  request: Request,
): Promise<Reply> {
  const isForPerson = request.accepts(['json', 'html']) === 'html';
  try {
    const homeTenant = await microsoft.homeTenant().catch(() => undefined);
    const outcome = await adminConsent.finish(comeback, homeTenant);
    const next = outcome.adminConsent === 'granted' ? '/auth/login' : '/api/setup';
    return isForPerson ? { status: 200, page: pageOf(outcome, next) } : { status: 200, body: { ...outcome, next } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.status === 403) await reportRefusal({ at: 'admin consent', reason: error.code });
    if (!isForPerson) throw error;
    return { status: error.status, page: page('Not granted', error.message, linkOf(error.details)) };
  }
}

function pageOf({ adminConsent, message }: ConsentOutcome, next: string): string {
  return adminConsent === 'granted'
    ? page('Permissions granted', message, { href: next, text: 'Sign in' })
    : page('Granted elsewhere', message);
}

interface Link {
  readonly href: string;
  readonly text: string;
}

function linkOf(details: AppError['details']): Link | undefined {
  const href = details?.['adminConsentUrl'];
  return typeof href === 'string' ? { href, text: 'Open the link again' } : undefined;
}

/** A page without scripts and styles; nothing that came in the request is on it. */
function page(title: string, message: string, link?: Link): string {
  const further = link === undefined ? '' : `<p><a href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MSEDB: ${escapeHtml(title)}</title></head><body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(message)}</p>${further}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
