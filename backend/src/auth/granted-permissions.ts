import { Mailbox } from '../models/index.ts';
import { isNot } from '../models/store/query-operators.ts';
import { covers, permissions } from './graph-permissions.ts';

/** Returns false when the newest token of a mailbox is known to lack a permission. */
export async function isGrantedOrUnknown(mailboxId: string, permission: string): Promise<boolean> {
  const row = await Mailbox.findById(mailboxId, 'grantedScopes').lean();
  const scopes = row?.grantedScopes ?? [];
  return scopes.length === 0 || covers(scopes, [permission]);
}

/** In how many connected mailboxes a permission is granted. */
export interface GrantCount {
  readonly name: string;
  readonly granted: number;
  readonly missing: number;
  /** Mailboxes whose last token was made by a version that did not write it down; the next refresh tells. */
  readonly unknown: number;
}

/** Counts the permissions in the newest tokens of all connected mailboxes that are not only looked at. */
export async function countGrants(): Promise<GrantCount[]> {
  const rows = await Mailbox.find({ isConnected: true, access: isNot('look' as const) }, 'grantedScopes').lean();
  const known = rows.flatMap(({ grantedScopes: scopes = [] }) => (scopes.length === 0 ? [] : [scopes]));
  return permissions.map(({ name }) => {
    const granted = known.filter((scopes) => covers(scopes, [name])).length;
    return { name, granted, missing: known.length - granted, unknown: rows.length - known.length };
  });
}
