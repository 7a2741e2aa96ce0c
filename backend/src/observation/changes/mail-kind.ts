import type { Message } from '../../graph/messages.ts';

/** What the headers of a mail tell of how it was sent. */
export interface MailKind {
  /** It says how to unsubscribe (RFC 2369). */
  readonly hasListUnsubscribe: boolean;
  /** It went to many who can unsubscribe, but not write to each other, as they could on a discussion list. */
  readonly isNewsletter: boolean;
  /** A program sent it, not a person. */
  readonly isAutomated: boolean;
}

/** Values of Precedence that mark mail to many and answers by machines. */
const bulkPrecedence = new Set(['bulk', 'list', 'junk', 'auto_reply']);

/** Headers that only programs set: Exchange's own, those of auto-responders, and the feedback loop of bulk mailers. */
const programHeaders = ['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'feedback-id'];

/**
 * Judges a mail by its headers (RFC 2369 for lists, RFC 3834 for automatic mail).
 * @returns undefined when Graph gave no headers, as it does not in every answer
 */
export function mailKindOf(headers: Message['internetMessageHeaders']): MailKind | undefined {
  if (headers === undefined || headers === null) return undefined;
  const values = new Map(headers.map(({ name, value }) => [name.toLowerCase(), value.trim().toLowerCase()]));
  const hasListUnsubscribe = values.has('list-unsubscribe');
  return {
    hasListUnsubscribe,
    isNewsletter: hasListUnsubscribe && !takesPosts(values.get('list-post')),
    isAutomated: isAutomated(values),
  };
}

/** A list for announcements says "NO", or nothing. */
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
