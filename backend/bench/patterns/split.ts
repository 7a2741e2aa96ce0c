import type { MailboxMail, SenderMail } from './placements.ts';
import { type Random, shuffled } from './random.ts';

/** One mailbox cut in two: what rules are learned from, and what they are scored on. */
export interface SplitMailbox {
  readonly learned: readonly SenderMail[];
  readonly heldOut: readonly SenderMail[];
}

/** Cuts each sender's mail in equal halves; of an odd number the last message goes to either by chance. */
export function splitMailbox({ senders }: MailboxMail, random: Random): SplitMailbox {
  const learned: SenderMail[] = [];
  const heldOut: SenderMail[] = [];
  for (const mail of senders) {
    const folders = shuffled(mail.folders, random);
    const half = Math.floor(folders.length / 2 + (random() < 0.5 ? 0 : 0.5));
    learned.push({ ...mail, folders: folders.slice(0, half) });
    heldOut.push({ ...mail, folders: folders.slice(half) });
  }
  return { learned, heldOut };
}

/** Days that rules are scored on. */
const scoredDays = 60;

/**
 * Spreads the mail of each sender evenly over a number of days, and cuts it in two: the last 60 days are scored, ages
 * are those at the cut.
 */
export function dateMailbox({ senders }: MailboxMail, spanDays: number, random: Random): SplitMailbox {
  const learned: SenderMail[] = [];
  const heldOut: SenderMail[] = [];
  for (const mail of senders) {
    const dated = mail.folders.map((folder) => ({ folder, age: random() * spanDays - scoredDays }));
    const past = dated.filter(({ age }) => age >= 0).toSorted((one, two) => two.age - one.age);
    if (past.length > 0) {
      learned.push({ ...mail, folders: past.map(({ folder }) => folder), ages: past.map(({ age }) => age) });
    }
    heldOut.push({ ...mail, folders: dated.filter(({ age }) => age < 0).map(({ folder }) => folder) });
  }
  return { learned, heldOut };
}
