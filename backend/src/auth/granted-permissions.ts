import { Mailbox } from '../models/index.ts';
import { isNot } from '../models/store/query-operators.ts';
import { covers, permissions } from './permissions.ts';

/** Returns false when the newest token of a mailbox is known to lack a permission. */
export async function isGrantedOrUnknown(mailboxId: string, permission: string): Promise<boolean> {
  const row = await Mailbox.findById(mailboxId, 'grantedPermissions').lean();
  const granted = row?.grantedPermissions ?? [];
  return granted.length === 0 || covers(granted, [permission]);
}

/** In how many connected mailboxes a permission is granted. */
export interface GrantCount {
  readonly name: string;
  readonly granted: number;
  readonly missing: number;
  /** Mailboxes whose last token was made by a version that did not write it down; the next refresh tells. */
  readonly unknown: number;
}

/** Counts the permissions in the newest tokens of all connected mailboxes. */
export async function countGrants(): Promise<GrantCount[]> {
  const connected = { isConnected: true };
  const [all, known] = await Promise.all([
    Mailbox.countDocuments(connected),
    Mailbox.countDocuments({ ...connected, 'grantedPermissions.0': isNot(null) }),
  ]);
  return Promise.all(
    permissions.map(async ({ name }) => {
      const granted = await Mailbox.countDocuments({ ...connected, grantedPermissions: name });
      return { name, granted, missing: Math.max(known - granted, 0), unknown: Math.max(all - known, 0) };
    }),
  );
}
