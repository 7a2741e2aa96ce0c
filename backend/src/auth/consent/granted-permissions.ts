import { chosenAccess, grantsAny } from '../../models/fields/mail-access.ts';
import { Mailbox } from '../../models/index.ts';
import { isGranted, permissions } from './permissions.ts';

/** Returns false when the newest token of a mailbox is known to lack a permission. */
export async function isGrantedOrUnknown(mailboxId: string, permission: string): Promise<boolean> {
  const row = await Mailbox.findById(mailboxId, 'grantedScopes').lean();
  const scopes = row?.grantedScopes ?? [];
  return scopes.length === 0 || grantsAny(scopes, [permission]);
}

/** In how many connected mailboxes a permission is granted. */
export interface GrantCount {
  readonly name: string;
  readonly granted: number;
  readonly missing: number;
  /** Mailboxes whose last token was made by a version that did not write it down; the next refresh tells. */
  readonly unknown: number;
}

/** Counts each permission in the newest tokens of the connected mailboxes whose access asks for it. */
export async function countGrants(): Promise<GrantCount[]> {
  const rows = await Mailbox.find({ isConnected: true }, 'access grantedScopes').lean();
  return permissions.map((permission) => {
    const { name, accesses } = permission;
    const asked = rows.filter((row) => accesses.includes(chosenAccess(row)));
    const known = asked.flatMap(({ grantedScopes: scopes = [] }) => (scopes.length === 0 ? [] : [scopes]));
    const granted = known.filter((scopes) => isGranted(permission, scopes)).length;
    return { name, granted, missing: known.length - granted, unknown: asked.length - known.length };
  });
}
