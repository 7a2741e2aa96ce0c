import { firstPart, maxHeaderLength } from '../lib/foreign-text.ts';
import type { Message } from './messages.ts';
import { isAutomatedMail } from '../lib/automated-mail.ts';
import { defined } from '../lib/defined.ts';

/** The kind of a mail, derived from its headers. */
export interface MailKind {
  /** The mail has a List-Unsubscribe header (RFC 2369). */
  readonly hasListUnsubscribe: boolean;
  /** Recipients can unsubscribe but cannot post, which sets newsletters apart from discussion lists. */
  readonly isNewsletter: boolean;
  /** A program sent or distributed it: see lib/automated-mail.ts. */
  readonly isAutomated: boolean;
  /** The identifier of its mailing list (RFC 2919), in lower case. */
  readonly listId?: string;
}

/** Values of Precedence that mark mail to many and answers by machines. */
const bulkPrecedence = new Set(['bulk', 'list', 'junk', 'auto_reply']);

/** Headers that only programs set: Exchange's own, those of auto-responders, and the feedback loop of bulk mailers. */
const programHeaders = ['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'feedback-id'];

/** The longest identifier of a list, in octets (RFC 2919, section 2). */
const maxListIdLength = 255;

/**
 * Classifies a mail by its headers (RFC 2369 and RFC 2919 for lists, RFC 3834 for automatic mail) and its sender.
 * @param sender a canonical address
 * @returns undefined when the answer of Graph has no headers, as some have not
 */
export function mailKindOf(headers: Message['internetMessageHeaders'], sender?: string): MailKind | undefined {
  if (headers === undefined || headers === null) return undefined;
  const values = new Map(
    headers.map(({ name, value }) => [
      name.toLowerCase(),
      firstPart(value.trimStart(), maxHeaderLength).trim().toLowerCase(),
    ]),
  );
  const hasListUnsubscribe = values.has('list-unsubscribe');
  const listId = listIdOf(values.get('list-id'));
  return defined<MailKind>({
    hasListUnsubscribe,
    isNewsletter: hasListUnsubscribe && !takesPosts(values.get('list-post')),
    isAutomated: isAutomatedMail({ isAutomated: isAutomated(values), hasListUnsubscribe, listId }, sender),
    listId,
  });
}

/** Reads the identifier between the last angle brackets, or a header of nothing but an identifier, as some lists send it. */
function listIdOf(header: string | undefined): string | undefined {
  const listId = /<([^<>]*)>[^<>]*$/u.exec(header ?? '')?.[1] ?? /^[^\s<>"]+$/u.exec(header ?? '')?.[0];
  const bare = listId?.replace(/\s+/gu, '');
  return bare === undefined || bare === '' || bare.length > maxListIdLength ? undefined : bare;
}

/** The List-Post header of an announcement list is "NO" or missing (RFC 2369, section 3.4). */
function takesPosts(listPost: string | undefined): boolean {
  return listPost !== undefined && !listPost.startsWith('no');
}

function isAutomated(values: ReadonlyMap<string, string>): boolean {
  const autoSubmitted = values.get('auto-submitted');
  if (autoSubmitted !== undefined && !/^no\b/u.test(autoSubmitted)) return true;
  if (bulkPrecedence.has(values.get('precedence') ?? '')) return true;
  if (values.get('return-path') === '<>') return true;
  return programHeaders.some((name) => values.has(name));
}
