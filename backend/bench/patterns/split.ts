import type { MailboxMail, SenderMail } from './placements.ts';
import { type Random, shuffled } from './random.ts';

/** One mailbox, each sender's mail cut in two at random. */
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
