/** What an owner does with the mail of a sender when they follow their habit. */
export type SimulatedHabit = 'delete' | 'archive' | 'file' | 'clear' | 'leave';

/** A kind of sender in a modern mailbox. The numbers are an assumption: no public data has them. */
export interface SenderKind {
  readonly name: string;
  /** Number of such senders in a mailbox, from and to. */
  readonly senders: readonly [least: number, most: number];
  readonly perWeek: number;
  readonly habit: SimulatedHabit;
  /** The owner reads the mail before they put it away: nothing to do on arrival. */
  readonly isOpenedFirst: boolean;
  /** All senders of the kind write to one mailing list. */
  readonly isList?: true;
  readonly isNewsletter?: true;
  readonly subject?: string;
}

export const senderKinds: readonly SenderKind[] = [
  {
    name: 'weekly newsletter',
    senders: [5, 12],
    perWeek: 1,
    habit: 'delete',
    isOpenedFirst: false,
    isNewsletter: true,
  },
  { name: 'daily newsletter', senders: [1, 4], perWeek: 5, habit: 'delete', isOpenedFirst: false, isNewsletter: true },
  {
    name: 'newsletter that is read',
    senders: [2, 5],
    perWeek: 1,
    habit: 'leave',
    isOpenedFirst: true,
    isNewsletter: true,
  },
  { name: 'offers', senders: [1, 4], perWeek: 2, habit: 'file', isOpenedFirst: false, isNewsletter: true },
  { name: 'code forge', senders: [1, 2], perWeek: 25, habit: 'archive', isOpenedFirst: false },
  { name: 'tickets', senders: [0, 1], perWeek: 15, habit: 'file', isOpenedFirst: false },
  { name: 'alerts', senders: [0, 2], perWeek: 20, habit: 'clear', isOpenedFirst: false },
  { name: 'invoice', senders: [2, 5], perWeek: 0.25, habit: 'file', isOpenedFirst: false },
  { name: 'invoice that is read', senders: [1, 3], perWeek: 0.25, habit: 'file', isOpenedFirst: true },
  { name: 'login code', senders: [1, 4], perWeek: 1, habit: 'delete', isOpenedFirst: true },
  { name: 'parcel notice', senders: [1, 3], perWeek: 0.7, habit: 'delete', isOpenedFirst: true },
  { name: 'discussion list', senders: [6, 18], perWeek: 0.4, habit: 'file', isOpenedFirst: false, isList: true },
  { name: 'client', senders: [2, 5], perWeek: 2, habit: 'file', isOpenedFirst: true },
  { name: 'colleague', senders: [6, 15], perWeek: 3, habit: 'leave', isOpenedFirst: true },
  { name: 'stranger', senders: [20, 50], perWeek: 0.05, habit: 'leave', isOpenedFirst: true },
];
