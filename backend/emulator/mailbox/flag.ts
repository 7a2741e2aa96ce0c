import type { Flag } from './message.ts';

/** What a PATCH says of a flag; a date that is null is taken away. */
interface FlagChange {
  readonly flagStatus?: Flag['flagStatus'] | undefined;
  readonly startDateTime?: Flag['startDateTime'] | null;
  readonly dueDateTime?: Flag['dueDateTime'] | null;
  readonly completedDateTime?: Flag['completedDateTime'] | null;
}

/**
 * The flag after a PATCH: what it does not name stays, except that dates go with the flag, and that a flag which is
 * set again is not complete.
 * @param now for the date of completion, when the PATCH gives none
 */
export function mergeFlag(before: Flag, change: FlagChange, now: string): Flag {
  const flagStatus = change.flagStatus ?? before.flagStatus;
  if (flagStatus === 'notFlagged') return { flagStatus };
  const startDateTime = change.startDateTime === undefined ? before.startDateTime : change.startDateTime;
  const dueDateTime = change.dueDateTime === undefined ? before.dueDateTime : change.dueDateTime;
  const completedDateTime =
    flagStatus === 'complete'
      ? (change.completedDateTime ?? before.completedDateTime ?? { dateTime: now, timeZone: 'UTC' })
      : undefined;
  return {
    flagStatus,
    ...(startDateTime == null ? {} : { startDateTime }),
    ...(dueDateTime == null ? {} : { dueDateTime }),
    ...(completedDateTime === undefined ? {} : { completedDateTime }),
  };
}
