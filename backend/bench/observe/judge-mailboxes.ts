import type { Types } from 'mongoose';
import type { Person } from '../../emulator/people.ts';
import { EmailEvent, type IEmailEvent } from '../../src/models/EmailEvent.ts';
import type { FloodedMailbox } from './flooded-mailbox.ts';
import { historiesOf } from './history.ts';
import { type Places, possibleLedgers } from './oracle.ts';
import { type Fault, judge, type Row } from './verdict.ts';

/** What the comparison of all mailboxes gave. */
export interface FloodVerdict {
  readonly faults: readonly FloodFault[];
  readonly events: number;
  readonly seenInBetween: number;
  /** Changes that the app made. */
  readonly ownActions: number;
}

/** A fault, and in which mailbox it is. */
export interface FloodFault extends Fault {
  readonly person: Person;
}

const placementTypes: ReadonlySet<string> = new Set(['arrived', 'deleted', 'moved']);
const projection = {
  _id: 0,
  messageId: 1,
  eventType: 1,
  occurrences: 1,
  fromFolder: 1,
  toFolder: 1,
  'metadata.automatedByAction': 1,
  'metadata.foundInPlace': 1,
} as const;

/** Compares the event log with what really happened, mailbox by mailbox. */
export async function judgeMailboxes(mailboxes: readonly FloodedMailbox[]): Promise<FloodVerdict> {
  const sum = { faults: [] as FloodFault[], events: 0, seenInBetween: 0, ownActions: 0 };
  for (const { owner, watched, phases } of mailboxes) {
    const { person, hand } = owner;
    const places = placesOf(person);
    const histories = historiesOf({ phases, actions: hand.actions });
    const possible = new Map([...histories].map(([id, history]) => [id, possibleLedgers(history, places)]));
    const { faults, events, seenInBetween } = judge(possible, await readRows(watched.mailboxId));
    sum.faults.push(...faults.map((fault) => ({ ...fault, person })));
    sum.events += events;
    sum.seenInBetween += seenInBetween;
    sum.ownActions += hand.actions.length;
  }
  return sum;
}

/** Where mail counts as deleted, and where it is not watched. */
export function placesOf({ mailbox: { folders } }: Person): Places {
  const unobserved = ['drafts', 'outbox', 'sentitems'].map((name) => folders.get(name).id);
  const deleted = new Set<string>();
  const add = (id: string): void => {
    deleted.add(id);
    for (const child of folders.children(id)) add(child.id);
  };
  add(folders.get('deleteditems').id);
  return { deleted, unobserved: new Set(unobserved) };
}

async function readRows(mailboxId: Types.ObjectId): Promise<Row[]> {
  const rows = await EmailEvent.collection.find<IEmailEvent>({ mailboxId }, { projection }).toArray();
  return rows.map(({ messageId, eventType, occurrences, fromFolder, toFolder, metadata }) => ({
    messageId,
    eventType,
    occurrences,
    ...(placementTypes.has(eventType) ? { fromFolder, toFolder } : {}),
    actionId: metadata?.automatedByAction?.toString(),
    ...(eventType === 'arrived' ? { foundInPlace: metadata?.foundInPlace } : {}),
  }));
}
