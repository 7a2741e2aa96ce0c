import { inspect } from 'node:util';
import { ClientAuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { GrantDeadError, TryLaterError } from '../errors.ts';
import { LoginUnavailableError } from './login-network.ts';
import { translateMsalError } from './msal-errors.ts';

const told = 'AADSTS70008: the token eyJhbGciOi of ada@example.com has expired';

describe('translateMsalError', () => {
  it.each([
    ['an interaction that is required', new InteractionRequiredAuthError('interaction_required', 'id', told)],
    ['one with a suberror', new InteractionRequiredAuthError('invalid_grant', 'id', told, 'bad_token')],
    ['a cache without tokens', new InteractionRequiredAuthError('no_tokens_found', 'id')],
    ['invalid_grant without a suberror', new ServerError('invalid_grant', 'id', told)],
    ['invalid_grant with a suberror', new ServerError('invalid_grant', 'id', told, 'token_expired')],
    ['an account that is not there', new ClientAuthError('no_account_found', 'id')],
  ])('takes %s as a dead grant', (_name, error) => {
    expect(translateMsalError(error)).toBeInstanceOf(GrantDeadError);
  });

  it.each([
    ['the network', new LoginUnavailableError('network')],
    ['a timeout', new LoginUnavailableError('timeout')],
    ['429', new LoginUnavailableError('status_429', 7_000)],
    ['500', new LoginUnavailableError('status_500')],
    ['an overloaded service', new ServerError('temporarily_unavailable', 'id', told)],
    ['a client secret that has expired', new ServerError('invalid_client', 'id', told)],
    ['a fault inside MSAL', new ClientAuthError('network_error', 'id')],
  ])('takes %s as a reason to try later', (_name, error) => {
    expect(translateMsalError(error)).toBeInstanceOf(TryLaterError);
  });

  it('hands on how long Microsoft asks to wait', () => {
    expect(translateMsalError(new LoginUnavailableError('status_429', 7_000))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('keeps nothing of what Microsoft or MSAL wrote', () => {
    const errors = [
      new ServerError('invalid_grant', 'id', told, told),
      new ServerError(told, 'id', told),
      new InteractionRequiredAuthError('invalid_grant', 'id', told, told),
    ].map(translateMsalError);

    for (const error of errors) expect(error).toBeInstanceOf(AppError);
    expect(inspect(errors, { depth: 9 })).not.toMatch(/AADSTS|eyJ|example/);
  });

  it('leaves the failures of others alone', () => {
    const error = new Error('MongoDB is away');

    expect(translateMsalError(error)).toBe(error);
  });
});
