import type { MailboxChange } from '../mailbox/mailbox.ts';
import type { Message } from '../mailbox/message.ts';
import { etag, idOf } from '../graph/message-view.ts';
import type { ChangeType, Subscription } from './subscriptions.ts';

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** One element of `value` in what is posted to a receiver. */
export type Notification = Readonly<Record<string, unknown>>;

/** What a subscription is told of a change: nothing, one thing, or for a move two. */
export function notificationsOf(subscription: Subscription, change: MailboxChange): Notification[] {
  return eventsOf(subscription, change)
    .filter(({ type }) => subscription.changeTypes.has(type))
    .map(({ type, id }) => changeNotification(subscription, type, { id, message: change.message }));
}

export function lifecycleNotification(subscription: Subscription, event: LifecycleEvent): Notification {
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: new Date(subscription.expiresAtMs).toISOString(),
    tenantId: subscription.person.tid,
    clientState: subscription.clientState ?? null,
    lifecycleEvent: event,
    resource: subscription.resource,
    organizationId: subscription.person.tid,
  };
}

interface Event {
  readonly type: ChangeType;
  readonly id: string;
}

function eventsOf({ folder, person, immutableIds }: Subscription, change: MailboxChange): Event[] {
  const { message } = change;
  const id = idOf(message, immutableIds);
  const folderId = folder === undefined ? undefined : person.mailbox.folders.find(folder)?.id;
  if (change.kind !== 'moved')
    return folderId === undefined || folderId === message.folderId ? [{ type: change.kind, id }] : [];
  const oldId = immutableIds ? message.id : change.oldMutableId;
  if (folderId === undefined) {
    const first: Event = immutableIds ? { type: 'updated', id } : { type: 'deleted', id: oldId };
    return [first, { type: 'created', id }];
  }
  if (folderId === message.folderId) return [{ type: 'created', id }];
  return folderId === change.fromFolderId ? [{ type: 'deleted', id: oldId }] : [];
}

function changeNotification(
  subscription: Subscription,
  changeType: ChangeType,
  { id, message }: { readonly id: string; readonly message: Message },
): Notification {
  const resource = `Users/${subscription.person.oid}/Messages/${id}`;
  return {
    subscriptionId: subscription.id,
    subscriptionExpirationDateTime: new Date(subscription.expiresAtMs).toISOString(),
    changeType,
    resource,
    resourceData: {
      '@odata.type': '#Microsoft.Graph.Message',
      '@odata.id': resource,
      '@odata.etag': etag(message),
      id,
    },
    clientState: subscription.clientState ?? null,
    tenantId: subscription.person.tid,
  };
}
