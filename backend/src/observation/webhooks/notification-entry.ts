import { z } from 'zod';

// Glossary: a *notification* is what Graph posts of one change, a *lifecycle notification* what it posts of the
// subscription itself; a *stranger* names no subscription of ours, an *impostor* names one and does not know its
// client state.

const lifecycleEvents = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
export type LifecycleEvent = (typeof lifecycleEvents)[number];

/** Who speaks, as it says itself. */
interface Speaker {
  readonly subscriptionId: string;
  readonly clientState: string;
}

/** One element of what Graph posts: a message has changed, or something has happened to the subscription. */
export type Notification = Speaker &
  ({ readonly messageId: string } | { readonly messageId?: undefined; readonly event: LifecycleEvent });

const speaker = {
  subscriptionId: z.string().min(1).max(128),
  clientState: z
    .string()
    .max(128)
    .nullish()
    .transform((text) => text ?? ''),
};
const entry = z.union([
  z
    .object({ ...speaker, lifecycleEvent: z.enum(lifecycleEvents) })
    .transform(({ lifecycleEvent, ...rest }): Notification => ({ ...rest, event: lifecycleEvent })),
  z
    .object({
      ...speaker,
      lifecycleEvent: z.undefined().optional(),
      resourceData: z.object({ id: z.string().min(1).max(1_024) }),
    })
    .transform(({ resourceData, subscriptionId, clientState }): Notification => {
      return { subscriptionId, clientState, messageId: resourceData.id };
    }),
]);

/** Reads what Graph posts. What is none of it is counted, and takes nothing else with it. */
export function readNotifications(entries: readonly unknown[]): {
  readonly notifications: readonly Notification[];
  readonly malformed: number;
} {
  const notifications = entries.flatMap((candidate) => {
    const { success, data } = entry.safeParse(candidate);
    return success ? [data] : [];
  });
  return { notifications, malformed: entries.length - notifications.length };
}
