import { equalInConstantTime } from '../../lib/crypto.ts';
import type { ChangeNotification } from './notification-entry.ts';
import type { KnownSubscription, KnownSubscriptions } from '../subscriptions/subscription-cache.ts';
import { placeholderIn } from '../subscriptions/subscription-names.ts';

/** A change notification that only Graph can have sent. */
export interface GenuineNotification {
  readonly notification: ChangeNotification;
  readonly subscription: KnownSubscription;
}

export interface CheckedNotifications {
  readonly genuine: readonly GenuineNotification[];
  /** Those that name no subscription of ours. */
  readonly unknownSubscriptions: number;
  /** Those that name one of ours without knowing its client state. */
  readonly invalidClientStates: number;
}

/** Separates notifications of our subscriptions from what anybody could have posted. @throws what the store throws */
export async function checkNotifications(
  known: KnownSubscriptions,
  notifications: readonly ChangeNotification[],
): Promise<CheckedNotifications> {
  const named = await known.named(new Set(notifications.map(({ subscriptionId }) => subscriptionId)));
  const placeholders = notifications.flatMap(({ subscriptionId, clientState }) => {
    const id = named.has(subscriptionId) ? undefined : placeholderIn(clientState);
    return id === undefined ? [] : [id];
  });
  const beginning = await known.named(new Set(placeholders));
  const genuine: GenuineNotification[] = [];
  let [unknownSubscriptions, invalidClientStates] = [0, 0];
  for (const notification of notifications) {
    const { subscriptionId, clientState } = notification;
    const subscription = named.get(subscriptionId) ?? beginning.get(placeholderIn(clientState) ?? '');
    if (subscription === undefined) unknownSubscriptions += 1;
    else if (equalInConstantTime(clientState, subscription.clientState)) genuine.push({ notification, subscription });
    else invalidClientStates += 1;
  }
  return { genuine, unknownSubscriptions, invalidClientStates };
}
