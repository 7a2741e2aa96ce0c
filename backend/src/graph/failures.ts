import { z } from 'zod';
import {
  AccessDeniedError,
  GraphError,
  type GraphFault,
  ItemNotFoundError,
  MailboxNotEnabledError,
  ResourceMissingError,
  ResyncRequiredError,
  ThrottledError,
  TokenRefusedError,
  UnreadableItemError,
} from './errors.ts';
import { parseRetryAfter } from '../lib/retry-after.ts';
import { nameOf, type RequestName } from './request.ts';

/** An answer outside 2xx, or such a part of a batch's answer. */
export interface FailedAnswer {
  readonly status: number;
  /** Parsed from JSON; undefined if it was none. */
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
}

const errorBody = z.object({ error: z.object({ code: z.string() }) });
/** Only foreign texts of this form get into logs. */
const plainWord = /^[\w.-]{1,100}$/;

/** Graph rejects an outdated delta token with 410, and sometimes with another status and one of these codes. */
const resyncCodes = new Set([
  'syncstatenotfound',
  'syncstateinvalid',
  'resyncrequired',
  'errorinvalidsyncstatedata',
  'invalidsyncstatedata',
  'errorsyncfoldernotfound',
]);
const noMailboxCodes = new Set([
  'mailboxnotenabledforrestapi',
  'errormailboxnotenabledforrestapi',
  'mailboxnotsupportedforrestapi',
]);
/** The only codes that say of an item that it is not there, or cannot be. */
const goneCodes = new Set(['erroritemnotfound', 'errorinvalididmalformed']);

/** An item that Exchange itself cannot read, whatever the status: it stays so. */
const corruptCode = 'errorcorruptdata';

/** Failures to connect: nothing was sent, so the request was not carried out. */
const unsentCodes = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Returns the error for an answer outside 2xx. */
export function errorOfAnswer(request: RequestName, { status, body, header }: FailedAnswer): GraphError {
  const parsed = errorBody.safeParse(body);
  const code = asPlainWord(parsed.success ? parsed.data.error.code : undefined) ?? 'unknown';
  const answeredAt = Date.parse(header('date') ?? '');
  const fault: GraphFault = {
    status,
    code,
    message: `${nameOf(request)} was answered ${status} ${code}`,
    retryable: isRetryable(status, code.toLowerCase()),
    mayHaveHappened: status >= 500,
    requestId: asPlainWord(header('request-id')),
    retryAfterMs: parseRetryAfter(header('retry-after'), Number.isNaN(answeredAt) ? Date.now() : answeredAt),
  };
  if (status === 429) return new ThrottledError({ ...fault, retryAfterMs: fault.retryAfterMs ?? 0 });
  if (code.toLowerCase() === corruptCode) return new UnreadableItemError({ ...fault, fields: [code] });
  return new (classOf(status, code.toLowerCase()))(fault);
}

function classOf(status: number, code: string): typeof GraphError {
  if (noMailboxCodes.has(code)) return MailboxNotEnabledError;
  if (status === 410 || resyncCodes.has(code)) return ResyncRequiredError;
  if (status === 401) return TokenRefusedError;
  if (status === 403) return AccessDeniedError;
  if (goneCodes.has(code)) return ItemNotFoundError;
  if (status === 404) return ResourceMissingError;
  return GraphError;
}

function isRetryable(status: number, code: string): boolean {
  if (code === corruptCode) return false;
  return status === 408 || status === 429 || status >= 500 || isPassing(status, code);
}

/** Tells if a 404 is a passing fault of the service rather than a word about the item. */
function isPassing(status: number, code: string): boolean {
  return status === 404 && ![goneCodes, resyncCodes, noMailboxCodes].some((codes) => codes.has(code));
}

/**
 * Returns the error for a request without an answer.
 * @param thrown by fetch or while the body was read. Its text may quote headers, so only a system error is kept
 */
export function errorOfSilence(request: RequestName, thrown: unknown): GraphError {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code = asPlainWord(cause instanceof Error && 'code' in cause ? String(cause.code) : undefined);
  if (code === undefined) {
    return new GraphError({
      status: 0,
      code: 'request_failed',
      message: `${nameOf(request)} failed: it was redirected, or cannot be sent`,
      mayHaveHappened: true,
    });
  }
  return new GraphError({
    status: 0,
    code,
    message: `${nameOf(request)} got no answer: ${code}`,
    retryable: true,
    mayHaveHappened: !unsentCodes.has(code),
    cause,
  });
}

/** Returns the error for an answer that does not come in time. */
export function errorOfTimeout(request: RequestName, limitMs: number): GraphError {
  return new GraphError({
    status: 0,
    code: 'timeout',
    message: `${nameOf(request)} got no answer within ${limitMs} ms`,
    retryable: true,
    mayHaveHappened: true,
  });
}

/** Returns the error for a 2xx answer of an undeclared shape. @param fields names of fields, never values */
export function errorOfShape(request: RequestName, status: number, fields: readonly string[]): UnreadableItemError {
  return new UnreadableItemError({
    status,
    code: 'unexpected_answer',
    message: `${nameOf(request)} was answered ${status} with an unexpected body (${fields.join(', ')})`,
    mayHaveHappened: true,
    fields,
  });
}

function asPlainWord(text: string | undefined): string | undefined {
  return text !== undefined && plainWord.test(text) ? text : undefined;
}
