import { describe, expect, it } from 'vitest';
import {
  AccessDeniedError,
  GraphError,
  MailboxNotEnabledError,
  ThrottledError,
  TokenRefusedError,
} from '../../graph/errors.ts';
import { AppError } from '../../lib/errors.ts';
import type { IReadFault } from '../../models/index.ts';
import { faultOf, isUnreadable, mergeFault } from './read-fault.ts';

const email = 'bea@contoso.example';
const message = 'GET /me/mailFolders/delta was refused';
const now = new Date(Date.UTC(2026, 5, 1, 12));
const earlier = new Date(now.getTime() - 60_000);

function reasonOf(error: unknown, address = email) {
  return faultOf(error, { email: address })?.reason;
}

describe('an error', () => {
  it('tells why a mailbox cannot be read', () => {
    const noMailbox = new MailboxNotEnabledError({ status: 404, code: 'MailboxNotEnabledForRESTAPI', message });

    expect(reasonOf(noMailbox)).toBe('no_mailbox');
    expect(reasonOf(noMailbox, 'bea_fabrikam.example#ext#@contoso.example')).toBe('guest');
    expect(reasonOf(new AccessDeniedError({ status: 403, code: 'ErrorAccessDenied', message }))).toBe('access_denied');
    expect(reasonOf(new TokenRefusedError({ status: 401, code: 'unknown', message }))).toBe('token_refused');
    expect(reasonOf(new GraphError({ status: 400, code: 'BadRequest', message }))).toBe('answer_refused');
  });

  it('that passes only makes a mailbox late', () => {
    expect(reasonOf(new ThrottledError({ code: 'x', message, retryAfterMs: 1 }))).toBe('failing');
    expect(reasonOf(new GraphError({ status: 503, code: 'x', message, retryable: true }))).toBe('failing');
    expect(reasonOf(new AppError(503, 'try_later', message))).toBe('failing');
  });

  it('of the application is told apart, and one of ours says nothing about the mailbox', () => {
    const refused = new AppError(503, 'try_later', message);
    const applicationRefusal = (error: unknown) => (error === refused ? 'invalid_client' : undefined);

    expect(faultOf(refused, { email, applicationRefusal })).toEqual({
      reason: 'application_refused',
      code: 'invalid_client',
    });
    expect(reasonOf(new Error('a fault of the store'))).toBeUndefined();
    expect(reasonOf(new AppError(404, 'not_found', message))).toBeUndefined();
  });
});

function known(reason: IReadFault['reason']): IReadFault {
  return { reason, since: earlier, told: [reason] };
}

describe('a fault', () => {
  it('keeps its beginning, and who was told, as long as it is of the same kind', () => {
    expect(mergeFault(undefined, { reason: 'guest' }, now)).toEqual({ reason: 'guest', since: now, told: [] });
    expect(mergeFault(known('no_mailbox'), { reason: 'access_denied', code: 'x' }, now)).toEqual({
      reason: 'access_denied',
      code: 'x',
      since: earlier,
      told: ['no_mailbox'],
    });
    expect(mergeFault(known('failing'), { reason: 'no_mailbox' }, now)).toMatchObject({ since: now, told: [] });
  });

  it('that lasts is not replaced by one that passes', () => {
    expect(mergeFault(known('access_denied'), { reason: 'failing' }, now)).toEqual(known('access_denied'));
    expect(isUnreadable('failing') || isUnreadable('folders')).toBe(false);
  });
});
