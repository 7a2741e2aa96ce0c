import { canonicalAddress } from '../../lib/canonical-address.ts';
import { defined } from '../../lib/defined.ts';
import { consumersTenant, type IdClaims } from './id-tokens.ts';

/** An account at Entra ID. Tenant and object id are its identity; names change, and are given to others. */
export interface MicrosoftAccount {
  /** Directory and object id, joined by a dot: the one identity that no rename changes. */
  readonly microsoftId: string;
  readonly tenantId: string;
  readonly objectId: string;
  /**
   * The names by which an invitation may know the account, in canonical form and with an @; the one to show first.
   * Mail and user principal name count for members of the configured directory; of any other only preferred_username,
   * whose domain Microsoft has verified, because its admin may write any address as mail. So it is with personal
   * accounts: anybody makes one, and it is nobody's member.
   */
  readonly names: readonly string[];
  /** The address to show for its mailbox; undefined when Microsoft names none. */
  readonly address?: string;
  readonly displayName?: string;
  /** True for a guest of the directory: their mailbox is in another one. */
  readonly isGuest: boolean;
}

/** The names that Graph gives for an account. */
export interface AccountNames {
  readonly mail?: string | null | undefined;
  readonly userPrincipalName?: string | null | undefined;
}

/**
 * Returns an account as its id token and Graph describe it.
 * @param names of Graph; undefined when they could not be read
 * @param homeTenant the one directory whose accounts may sign in; undefined when those of any may
 */
export function describeAccount(
  { tid, oid, preferred_username: username, name: displayName }: IdClaims,
  names: AccountNames | undefined,
  homeTenant: string | undefined,
): MicrosoftAccount {
  const isGuest = /#ext#/i.test(`${names?.userPrincipalName ?? ''} ${username ?? ''}`);
  const isMember = tid === homeTenant && tid !== consumersTenant && !isGuest;
  const all = toNames([names?.mail, names?.userPrincipalName, username]);
  const trusted = isMember ? all : toNames([username]);
  return defined<MicrosoftAccount>({
    microsoftId: `${tid}.${oid}`,
    tenantId: tid,
    objectId: oid,
    names: trusted,
    address: trusted[0] ?? all[0],
    displayName,
    isGuest,
  });
}

/** preferred_username may also be a phone number, or missing. */
function toNames(texts: readonly (string | null | undefined)[]): string[] {
  const names = texts.flatMap((text) => (typeof text === 'string' ? [canonicalAddress(text)] : []));
  return [...new Set(names.filter((name) => /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(name) && name.length <= 320))];
}
