import type { HydratedDocument } from 'mongoose';
import { dayMs } from '../../src/lib/durations.ts';
import { type IWebhookSubscription, WebhookSubscription } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { nextNumber } from './sequence.ts';

/** Stores a subscription that ends in three days, and its mailbox unless one is given. */
export async function buildWebhookSubscription(
  fields: Partial<IWebhookSubscription> = {},
): Promise<HydratedDocument<IWebhookSubscription>> {
  const owner = await ownerOf(fields);
  return WebhookSubscription.create({
    ...owner,
    subscriptionId: `subscription-${nextNumber()}`,
    resource: '/me/mailFolders/inbox/messages',
    changeType: 'created,updated,deleted',
    expiresAt: new Date(Date.now() + 3 * dayMs),
    notificationUrl: 'https://msedb.example.com/webhooks',
    clientState: 'secret-of-a-test',
    ...fields,
  });
}
