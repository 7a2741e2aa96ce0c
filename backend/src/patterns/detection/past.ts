import type { Opened } from './opened.ts';
import { outcomeKey, type Vote, type VoteOutcome } from './outcome.ts';
import { onePerBurst } from './one-per-burst.ts';

/** Messages of one sender and one month that were treated alike; those of one burst count as one. */
export interface MonthCount {
  /** The month of arrival in UTC, as in `2026-03`. */
  readonly month: string;
  readonly outcome: VoteOutcome;
  readonly opened: Opened;
  readonly messages: number;
}

/** Returns the month of a time in UTC, as in `2026-03`. */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 'YYYY-MM'.length);
}

/** Returns the start of the month that is so many months later. */
export function startOfMonth(month: string, later = 0): Date {
  const [year = Number.NaN, number = Number.NaN] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + later));
}

/** Returns the middle of a month: the time of its messages, of which nothing closer is kept. */
export function middleOf(month: string): Date {
  return new Date((startOfMonth(month).getTime() + startOfMonth(month, 1).getTime()) / 2);
}

/** Counts the votes for one sender by month, outcome and whether they were opened. */
export function countMonths(votes: readonly Vote[]): MonthCount[] {
  const counts = new Map<string, MonthCount>();
  for (const { receivedAt, outcome, opened } of onePerBurst(votes)) {
    const month = monthOf(receivedAt);
    const key = `${month} ${opened} ${outcomeKey(outcome)}`;
    counts.set(key, { month, outcome, opened, messages: (counts.get(key)?.messages ?? 0) + 1 });
  }
  return [...counts.values()];
}
