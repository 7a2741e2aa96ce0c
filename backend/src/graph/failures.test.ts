import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AccessDeniedError,
  GraphError,
  ItemNotFoundError,
  MailboxNotEnabledError,
  ResourceMissingError,
  ResyncRequiredError,
  ThrottledError,
  TokenRefusedError,
} from './errors.ts';
import { errorOfAnswer, errorOfSilence } from './failures.ts';

const request = { method: 'GET', route: '/me/messages/{messageId}' } as const;

function answered(status: number, code: string, headers: Readonly<Record<string, string>> = {}): GraphError {
  const body = { error: { code, message: 'Nothing named "Your invoice" of mallory@example.com' } };
  return errorOfAnswer(request, { status, body, header: (name) => headers[name] });
}

describe('an answer outside 2xx', () => {
  it.each([
    [400, 'ErrorInvalidRequest', GraphError, { retryable: false, mayHaveHappened: false }],
    [401, 'InvalidAuthenticationToken', TokenRefusedError, { retryable: false, mayHaveHappened: false }],
    [403, 'ErrorAccessDenied', AccessDeniedError, { retryable: false, mayHaveHappened: false }],
    [404, 'ErrorItemNotFound', ItemNotFoundError, { retryable: false, mayHaveHappened: false }],
    [404, 'ResourceNotFound', ResourceMissingError, { retryable: true, mayHaveHappened: false }],
    [400, 'ErrorInvalidIdMalformed', ItemNotFoundError, { retryable: false, mayHaveHappened: false }],
    [404, 'ErrorSyncFolderNotFound', ResyncRequiredError, { retryable: false, mayHaveHappened: false }],
    [400, 'ErrorInvalidSyncStateData', ResyncRequiredError, { retryable: false, mayHaveHappened: false }],
    [404, 'ErrorMailboxNotEnabledForRESTAPI', MailboxNotEnabledError, { retryable: false, mayHaveHappened: false }],
    [404, 'MailboxNotEnabledForRESTAPI', MailboxNotEnabledError, { retryable: false, mayHaveHappened: false }],
    [409, 'ErrorFolderExists', GraphError, { retryable: false, mayHaveHappened: false }],
    [410, 'gone', ResyncRequiredError, { retryable: false, mayHaveHappened: false }],
    [400, 'SyncStateNotFound', ResyncRequiredError, { retryable: false, mayHaveHappened: false }],
    [412, 'ErrorIrresolvableConflict', GraphError, { retryable: false, mayHaveHappened: false }],
    [429, 'ApplicationThrottled', ThrottledError, { retryable: true, mayHaveHappened: false }],
    [500, 'ErrorInternalServerError', GraphError, { retryable: true, mayHaveHappened: true }],
    [503, 'serviceNotAvailable', GraphError, { retryable: true, mayHaveHappened: true }],
  ])('%i %s', (status, code, type, expected) => {
    const error = answered(status, code);

    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ name: type.name, status, code, ...expected });
  });

  it('gives its request id and the wait that Graph asks for', () => {
    const error = answered(503, 'serviceNotAvailable', { 'request-id': 'ab-12', 'retry-after': '30' });

    expect(error).toMatchObject({ requestId: 'ab-12', retryAfterMs: 30_000 });
  });

  it('lets nothing through that Graph says in words', () => {
    const error = answered(400, 'mallory@example.com says "Your invoice"', { 'request-id': 'Bearer eyJ0\n' });

    expect(error.message).toBe('GET /me/messages/{messageId} was answered 400 unknown');
    expect(inspect(error)).not.toMatch(/invoice|mallory|eyJ0/);
  });

  it('takes a 404 without a body for a passing fault, not for an item that is gone', () => {
    const error = errorOfAnswer(request, { status: 404, body: undefined, header: () => undefined });

    expect(error).toBeInstanceOf(ResourceMissingError);
    expect(error.retryable).toBe(true);
  });

  it.each([undefined, 'text', { error: 'text' }, { error: {} }])('needs no body of the usual shape: %j', (body) => {
    const error = errorOfAnswer(request, { status: 502, body, header: () => undefined });

    expect(error).toMatchObject({ status: 502, code: 'unknown', retryable: true });
  });
});

describe('a request without an answer', () => {
  it('keeps the system error only, because the rest may quote a header', () => {
    const system = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

    const error = errorOfSilence(request, new TypeError('Bearer eyJ0 is invalid', { cause: system }));

    expect(error).toMatchObject({
      status: 0,
      code: 'ECONNRESET',
      retryable: true,
      mayHaveHappened: true,
      cause: system,
    });
    expect(inspect(error)).not.toContain('eyJ0');
  });

  it('is not retried when nothing names the cause', () => {
    const error = errorOfSilence(request, new TypeError('Bearer eyJ0\n is an invalid header value'));

    expect(error).toMatchObject({ code: 'request_failed', retryable: false });
    expect(inspect(error)).not.toContain('eyJ0');
  });
});
