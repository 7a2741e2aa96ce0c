import { firstPart, maxHeaderLength } from '../../lib/foreign-text.ts';
import type { Message } from '../../graph/messages.ts';

/** The kind of a mail, derived from its headers. */
export interface MailKind {
  /** The mail has a List-Unsubscribe header (RFC 2369). */
  readonly hasListUnsubscribe: boolean;
  /** Recipients can unsubscribe but cannot post, which sets newsletters apart from discussion lists. */
  readonly isNewsletter: boolean;
  /** A program sent it, not a person. */
  readonly isAutomated: boolean;
}

/** Values of Precedence that mark mail to many and answers by machines. */
const bulkPrecedence = new Set(['bulk', 'list', 'junk', 'auto_reply']);

/** Headers that only programs set: Exchange's own, those of auto-responders, and the feedback loop of bulk mailers. */
const programHeaders = ['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'feedback-id'];

/**
 * Classifies a mail by its headers (RFC 2369 for lists, RFC 3834 for automatic mail).
 * @returns undefined when the answer of Graph has no headers, as some have not
 */
export function mailKindOf(headers: Message['internetMessageHeaders']): MailKind | undefined {
  if (headers === undefined || headers === null) return undefined;
  const values = new Map(
    headers.map(({ name, value }) => [
      name.toLowerCase(),
      firstPart(value.trimStart(), maxHeaderLength).trim().toLowerCase(),
    ]),
  );
  const hasListUnsubscribe = values.has('list-unsubscribe');
  return {
    hasListUnsubscribe,
    isNewsletter: hasListUnsubscribe && !takesPosts(values.get('list-post')),
    isAutomated: isAutomated(values),
  };
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
