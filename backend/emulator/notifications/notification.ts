import type { MailboxChange } from '../mailbox/mailbox-parts.ts';
import type { Message } from '../mailbox/message.ts';
import { etag, idOf } from '../graph/message-view.ts';
import type { ChangeType, Subscription } from './subscriptions.ts';

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** One element of `value` in what is posted to a receiver. */
export type Notification = Readonly<Record<string, unknown>>;

/** Told of a move to who watches the whole mailbox by immutable ids. */
export type MoveNotifications = readonly ChangeType[];

/**
 * The notifications of a change for one subscription: none, one, or for a move two.
 * @param moved of a move; where `deleted` is among them, all name the folder that the message is in now
 */
export function notificationsOf(
  subscription: Subscription,
  change: MailboxChange,
  moved: MoveNotifications,
): Notification[] {
  const { message } = change;
  const parent = change.kind === 'moved' && moved.includes('deleted') ? { parentFolderId: message.folderId } : {};
  return eventsOf(subscription, change, moved)
    .filter(({ type }) => subscription.changeTypes.has(type))
    .map(({ type, id }) => changeNotification(subscription, type, { id, message, parent }));
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

function eventsOf(
  { folder, person, immutableIds }: Subscription,
  change: MailboxChange,
  moved: MoveNotifications,
): Event[] {
  const { message } = change;
  const id = idOf(message, immutableIds);
  const folderId = folder === undefined ? undefined : person.mailbox.folders.find(folder)?.id;
  if (change.kind !== 'moved') {
    const place = change.kind === 'deleted' ? change.fromFolderId : message.folderId;
    return folderId === undefined || folderId === place ? [{ type: change.kind, id }] : [];
  }
  const oldId = immutableIds ? message.id : change.oldMutableId;
  if (folderId === undefined) {
    if (immutableIds) return moved.map((type) => ({ type, id }));
    return [
      { type: 'deleted', id: oldId },
      { type: 'created', id },
    ];
  }
  if (folderId === message.folderId) return [{ type: 'created', id }];
  return folderId === change.fromFolderId ? [{ type: 'deleted', id: oldId }] : [];
}

function changeNotification(
  subscription: Subscription,
  changeType: ChangeType,
  { id, message, parent }: { readonly id: string; readonly message: Message; readonly parent: object },
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
      ...parent,
    },
    clientState: subscription.clientState ?? null,
    tenantId: subscription.person.tid,
  };
}
