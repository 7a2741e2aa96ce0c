import type { Types } from 'mongoose';
import type { Person } from '../../emulator/people.ts';
import { EmailEvent, type IEmailEvent } from '../../src/models/EmailEvent.ts';
import type { FloodedMailbox } from './flooded-mailbox.ts';
import { historiesOf, MessageNames } from './history.ts';
import { type Places, possibleEvents } from './expected-events.ts';
import { type Fault, compareEvents, type Row } from './compare.ts';

/** The result of comparing all mailboxes. */
export interface FloodComparison {
  readonly faults: readonly FloodFault[];
  readonly events: number;
  readonly seenInBetween: number;
  /** Number of changes that the app made. */
  readonly ownActions: number;
}

/** A fault, with the owner of its mailbox. */
export interface FloodFault extends Fault {
  readonly person: Person;
}

const placementTypes: ReadonlySet<string> = new Set(['arrived', 'deleted', 'disappeared', 'moved']);
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
export async function compareMailboxes(mailboxes: readonly FloodedMailbox[]): Promise<FloodComparison> {
  const sum = { faults: [] as FloodFault[], events: 0, seenInBetween: 0, ownActions: 0 };
  for (const { owner, watched, phases } of mailboxes) {
    const { person, actor } = owner;
    const places = placesOf(person);
    const histories = historiesOf({ phases, actions: actor.actions, shapes: actor.shapes });
    const possible = new Map([...histories].map(([id, history]) => [id, possibleEvents(history, places)]));
    // a message that changed its id and went before anybody looked keeps the older one
    const names = new MessageNames(phases.flat());
    const rows = (await readRows(watched.mailboxId)).map((row) => ({ ...row, messageId: names.last(row.messageId) }));
    const { faults, events, seenInBetween } = compareEvents(possible, rows);
    sum.faults.push(...faults.map((fault) => ({ ...fault, person })));
    sum.events += events;
    sum.seenInBetween += seenInBetween;
    sum.ownActions += actor.actions.length;
  }
  return sum;
}

/** Returns the folders in which mail counts as deleted, and those that are not watched. */
export function placesOf({ mailbox: { folders } }: Person): Places {
  const unobserved = ['drafts', 'outbox', 'sentitems'].map((name) => folders.get(name).id);
  const deleted = new Set<string>();
  const add = (id: string): void => {
    deleted.add(id);
    for (const child of folders.children(id)) add(child.id);
  };
  add(folders.get('deleteditems').id);
  deleted.add(folders.deletions.id).add(folders.purges.id);
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
