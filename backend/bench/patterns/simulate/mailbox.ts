import { dayMs, hourMs, minuteMs } from '../../../src/lib/durations.ts';
import type { VoteEvent } from '../../../src/patterns/detection/votes.ts';
import type { Random } from '../random.ts';
import { type SenderKind, senderKinds, type SimulatedHabit } from './kinds.ts';

/** Days before and after the mailbox is connected that mail is made for. */
const pastDays = 90;
const futureDays = 100;

/** One message, and what became of it. */
export interface SimulatedMessage {
  readonly messageId: string;
  readonly sender: SimulatedSender;
  /** Milliseconds from the connection on; negative before. */
  readonly at: number;
  readonly habit: SimulatedHabit;
  readonly isOpened: boolean;
  /** When its owner put it away; the same as `at` when it was left. */
  readonly doneAt: number;
}

interface SimulatedSender {
  readonly kind: SenderKind;
  readonly address: string;
  readonly domain: string;
  readonly folder: string;
}

/** Makes the mail of one person. Each sender is treated inconsistently in 3 to 10 % of its messages: opened and left. */
export function simulateMailbox(random: Random): SimulatedMessage[] {
  let senders = 0;
  return senderKinds.flatMap((kind) => {
    const [least, most] = kind.senders;
    const number = least + Math.floor(random() * (most - least + 1));
    return Array.from({ length: number }, () => {
      senders += 1;
      const domain = kind.name === 'colleague' ? 'contoso.example' : `d${senders}.example`;
      const folder = kind.isList === true ? 'folder of the list' : `folder ${senders}`;
      return simulateSender({ kind, address: `s${senders}@${domain}`, domain, folder }, random);
    }).flat();
  });
}

function simulateSender(sender: SimulatedSender, random: Random): SimulatedMessage[] {
  const { kind } = sender;
  const inconsistent = 0.03 + 0.07 * random();
  const gapMs = (7 * dayMs) / kind.perWeek;
  const messages: SimulatedMessage[] = [];
  let at = -pastDays * dayMs + random() * gapMs;
  while (at < futureDays * dayMs) {
    const isException = random() < inconsistent;
    const habit = isException ? 'leave' : kind.habit;
    const isOpened = isException || kind.isOpenedFirst;
    // alerts are cleared together, once a day
    const tomorrow = Math.ceil(at / dayMs) * dayMs + 9 * hourMs;
    const doneAt = habit === 'clear' ? tomorrow : at + 10 * minuteMs + random() * 8 * hourMs;
    messages.push({ messageId: `${sender.address}/${messages.length}`, sender, at, habit, isOpened, doneAt });
    // regular senders keep their day, others come as they like
    at += kind.perWeek <= 5 ? gapMs * (0.9 + 0.2 * random()) : -Math.log(1 - random()) * gapMs;
  }
  return messages;
}

/** Returns the events that observation would have recorded of a message up to a time. */
export function* eventsOf(message: SimulatedMessage, connectedAt: number, now: number): Generator<VoteEvent> {
  const { sender, at, habit, isOpened, doneAt, messageId } = message;
  if (at > now) return;
  const isDone = doneAt <= now;
  const foundInPlace = doneAt < 0;
  const dated = (ms: number): Date => new Date(connectedAt + ms);
  const { isList, isNewsletter, subject } = sender.kind;
  const metadata = {
    ...(isNewsletter === true && { isNewsletter }),
    ...(isList === true && { listId: 'list.example' }),
    ...(foundInPlace && { foundInPlace }),
  };
  const common = { messageId, subject, receivedAt: dated(at), metadata };
  const from = { email: sender.address, domain: sender.domain };
  const target = isDone ? folderAfter(message) : 'inbox';
  const isRead = isOpened || habit === 'clear';
  if (foundInPlace) {
    yield { ...common, sender: from, eventType: 'arrived', timestamp: dated(at), toFolder: target, isRead };
    return;
  }
  yield { ...common, sender: from, eventType: 'arrived', timestamp: dated(at), toFolder: 'inbox', isRead: false };
  if (!isDone) return;
  const openedAt = habit === 'leave' || habit === 'clear' ? doneAt : doneAt - 2 * minuteMs;
  if (isRead) yield { ...common, sender: from, eventType: 'read', timestamp: dated(openedAt), isRead: true };
  if (target === 'inbox') return;
  const eventType = target === 'deleted' ? 'deleted' : 'moved';
  yield { ...common, sender: from, eventType, timestamp: dated(doneAt), fromFolder: 'inbox', toFolder: target, isRead };
}

/** Returns the folder in which a message rests once it was put away. */
export function folderAfter({ habit, sender }: SimulatedMessage): string {
  if (habit === 'delete') return 'deleted';
  if (habit === 'archive') return 'archive';
  return habit === 'file' ? sender.folder : 'inbox';
}
