type Listener = (userId: string) => void;

const listeners = new Set<Listener>();

/**
 * Calls `listener` with the id of each user whose notifications this process has changed.
 * @returns a function that ends it
 */
export function onNotificationSignal(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Signals, within this process, that the notifications of a user have changed. */
export function signalNotifications(userId: string): void {
  for (const listener of listeners) listener(userId);
}
