import type { GraphClient } from '../../graph/client.ts';
import { deleteSubscription } from '../../graph/subscriptions.ts';
import { WebhookSubscription } from '../../models/index.ts';
import { isAtGraph } from './subscription-names.ts';

/**
 * Deletes a mailbox's subscriptions at Graph. One that no longer exists there counts as deleted.
 * @throws GraphError, and what the client's getToken throws
 */
export async function returnSubscriptions(client: GraphClient, mailboxId: string, signal: AbortSignal): Promise<void> {
  const rows = await WebhookSubscription.find({ mailboxId }, 'subscriptionId').lean();
  for (const row of rows) if (isAtGraph(row)) await deleteSubscription(client, row.subscriptionId, { signal });
}
