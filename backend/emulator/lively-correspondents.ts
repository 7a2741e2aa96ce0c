import type { Address, Message } from './mailbox/message.ts';
import type { PersonActions } from './mailbox/person-actions.ts';

/** How far back the mail of a lively mailbox goes. */
export const daysOfMail = 60;

/** Somebody who writes again and again, and what the owner of the mailbox does with it. */
export interface Correspondent {
  readonly from: Address;
  /** In turn. */
  readonly subjects: readonly string[];
  readonly everyDays: number;
  readonly isColleague: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly habit: Habit;
}

/** @param nth counts the messages of this correspondent, the newest is 0 */
type Habit = (owner: PersonActions, message: Message, nth: number) => void;

const deletes: Habit = (owner, { id }) => {
  owner.delete(id);
};

/** So often that it looks like a habit, and not often enough to be one. */
const mostlyDeletes: Habit = (owner, { id }, nth) => {
  if (nth % 7 === 3) owner.markRead(id);
  else owner.delete(id);
};

const filesAsReport: Habit = (owner, { id }) => {
  owner.move(id, 'Reports');
};

const opensAndDeletes: Habit = (owner, { id }) => {
  owner.markRead(id);
  owner.delete(id);
};

const reads: Habit = (owner, { id }, nth) => {
  owner.markRead(id);
  if (nth % 9 === 4) owner.flag(id);
};

const leaves: Habit = () => undefined;

const ofNewsletter = (domain: string) => ({ 'List-Unsubscribe': `<https://${domain}/off>` });

/** A newsletter that is always deleted, unread. */
export const dealsSender: Correspondent = {
  from: { name: 'Daily Deals', address: 'news@daily-deals.example' },
  subjects: ['Today only: everything must go', 'You forgot something', 'Last chance', 'Three for two'],
  everyDays: 1,
  isColleague: false,
  headers: ofNewsletter('daily-deals.example'),
  habit: deletes,
};

/** Reports that are always filed, unread. */
export const reportsSender: Correspondent = {
  from: { name: 'Metrics', address: 'reports@metrics.example' },
  subjects: ['Report: visitors', 'Report: revenue', 'Report: response times'],
  everyDays: 1.4,
  isColleague: false,
  habit: filesAsReport,
};

/** A shop whose mail is deleted, but for what matters. */
export const shopSender: Correspondent = {
  from: { name: 'The Shop', address: 'hello@shop.example' },
  subjects: ['News from the shop'],
  everyDays: 1.6,
  isColleague: false,
  headers: ofNewsletter('shop.example'),
  habit: mostlyDeletes,
};

/** Codes that are opened, typed in, and deleted. */
export const codesSender: Correspondent = {
  from: { name: 'Sign-in', address: 'codes@sign-in.example' },
  subjects: ['Your code'],
  everyDays: 1.5,
  isColleague: false,
  habit: opensAndDeletes,
};

/** A colleague whose mail is read, and stays. */
export const colleagueSender: Correspondent = colleague(
  'Ben',
  ['Lunch on Friday?', 'Slides for Monday', 'Quick question'],
  1,
);

export const correspondents: readonly Correspondent[] = [
  dealsSender,
  reportsSender,
  shopSender,
  codesSender,
  colleagueSender,
  colleague('Carla', ['Contract, second draft', 'Who has the key to room 4?'], 1.3),
  colleague('Dan', ['Minutes of the meeting', 'Holiday plan'], 2),
  {
    from: { name: 'Reading Circle', address: 'letters@reading-circle.example' },
    subjects: ['What we read this week'],
    everyDays: 7,
    isColleague: false,
    headers: ofNewsletter('reading-circle.example'),
    habit: reads,
  },
  {
    from: { name: 'Builds', address: 'builds@ci.example' },
    subjects: ['Build passed', 'Build passed', 'Build failed'],
    everyDays: 1.5,
    isColleague: false,
    habit: leaves,
  },
];

function colleague(name: string, subjects: readonly string[], everyDays: number): Correspondent {
  const address = `${name.toLowerCase()}@contoso.example`;
  return { from: { name, address }, subjects, everyDays, isColleague: true, habit: reads };
}
