import type { GraphClient } from '../graph/client.ts';
import { deleteSubscription } from '../graph/subscriptions.ts';
import { WebhookSubscription } from '../models/index.ts';

/**
 * Deletes a mailbox's subscriptions at Graph; one that is gone there already counts as deleted.
 * @throws GraphError, and what the client's getToken throws
 */
export async function returnSubscriptions(client: GraphClient, mailboxId: string, signal: AbortSignal): Promise<void> {
  const rows = await WebhookSubscription.find({ mailboxId }, 'subscriptionId').lean();
  for (const { subscriptionId } of rows) await deleteSubscription(client, subscriptionId, { signal });
}
