import type { Assumption } from './assumption.ts';
import { deletions } from './subjects/deletions.ts';
import { delta } from './subjects/delta.ts';
import { folders } from './subjects/folders.ts';
import { ids } from './subjects/ids.ts';
import { requests } from './subjects/requests.ts';
import { signIn } from './subjects/sign-in.ts';
import { subscriptions } from './subjects/subscriptions.ts';
import { writes } from './subjects/writes.ts';

/** Everything that is asked, in this order. */
export const assumptions: readonly Assumption[] = [
  ...requests,
  ...ids,
  ...writes,
  ...folders,
  ...delta,
  ...deletions,
  ...subscriptions,
  ...signIn,
];
