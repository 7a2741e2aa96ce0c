import { z } from 'zod';

// Words: docs/GLOSSARY.md, "Microsoft".

const lifecycleEvents = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
export type LifecycleEvent = (typeof lifecycleEvents)[number];

/** The claimed origin of a notification, not checked yet. */
interface ClaimedOrigin {
  readonly subscriptionId: string;
  readonly clientState: string;
}

/** One element of a request of Graph: a message has changed, or something has happened to the subscription. */
export type ChangeNotification = ClaimedOrigin &
  ({ readonly messageId: string } | { readonly messageId?: undefined; readonly event: LifecycleEvent });

const claimedOrigin = {
  subscriptionId: z.string().min(1).max(128),
  clientState: z
    .string()
    .max(128)
    .nullish()
    .transform((text) => text ?? ''),
};
const entry = z.union([
  z
    .object({ ...claimedOrigin, lifecycleEvent: z.enum(lifecycleEvents) })
    .transform(({ lifecycleEvent, ...rest }): ChangeNotification => ({ ...rest, event: lifecycleEvent })),
  z
    .object({
      ...claimedOrigin,
      lifecycleEvent: z.undefined().optional(),
      resourceData: z.object({ id: z.string().min(1).max(1_024) }),
    })
    .transform(({ resourceData, subscriptionId, clientState }): ChangeNotification => {
      return { subscriptionId, clientState, messageId: resourceData.id };
    }),
]);

/** Parses the elements of a request. A malformed element is counted; the others are still read. */
export function readChangeNotifications(entries: readonly unknown[]): {
  readonly notifications: readonly ChangeNotification[];
  readonly malformed: number;
} {
  const notifications = entries.flatMap((candidate) => {
    const { success, data } = entry.safeParse(candidate);
    return success ? [data] : [];
  });
  return { notifications, malformed: entries.length - notifications.length };
}
