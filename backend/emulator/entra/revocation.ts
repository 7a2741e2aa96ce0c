import { EntraFailure } from './failure.ts';

/** How the token endpoint says that a grant is dead. */
export type Revocation =
  | 'invalid_grant'
  | 'invalid_grant_with_suberror'
  | 'interaction_required'
  | 'consent_required'
  | 'user_removed';

/** The failure that a refresh token meets after its grant was revoked. */
export function revoked(how: Revocation): EntraFailure {
  switch (how) {
    case 'invalid_grant':
      return new EntraFailure('invalid_grant', 50173, 'The provided grant has expired due to it being revoked.');
    case 'invalid_grant_with_suberror':
      return new EntraFailure('invalid_grant', 50173, 'The provided grant has been revoked: sign in again.', {
        suberror: 'bad_token',
      });
    case 'interaction_required':
      return new EntraFailure('interaction_required', 50076, 'You must use multi-factor authentication.', {
        suberror: 'basic_action',
      });
    case 'consent_required':
      return new EntraFailure('invalid_grant', 65001, 'The user has not consented to use the application.', {
        suberror: 'consent_required',
      });
    case 'user_removed':
      return new EntraFailure('invalid_grant', 50034, 'The user account does not exist in the directory.');
    default:
      return how satisfies never;
  }
}
