import type { Queue } from 'bullmq';
import type { TruthEntry } from '../../emulator/ledgers/truth.ts';
import { SeededRandom } from '../../emulator/random.ts';
import type { FloodPlan } from './plan.ts';
import { SimulatedOwner } from './owner.ts';
import type { FloodEnvironment } from './flood-environment.ts';
import { WatchedMailbox } from './watched-mailbox.ts';

/** One mailbox of a flood: its owner, and the service's side of it. */
export interface FloodedMailbox {
  readonly owner: SimulatedOwner;
  readonly watched: WatchedMailbox;
  /** The changes that really happened, by phase; phase 0 is before the mailbox was connected. */
  readonly phases: (readonly TruthEntry[])[];
}

/** Returns the address of the owner of the mailbox with this index; index 0 is the service's admin. */
export function emailOf(index: number): string {
  return `owner${index + 1}@contoso.example`;
}

/** Creates a mailbox with mail, and connects it to the service. */
export async function floodedMailbox(
  index: number,
  { inPlace, seed, isAwkward }: FloodPlan,
  { environment, renewals }: { environment: FloodEnvironment; renewals: Queue },
): Promise<FloodedMailbox> {
  const { microsoft, backend } = environment;
  const person = microsoft.people.add({ email: emailOf(index) });
  let watched: WatchedMailbox | undefined;
  const owner = new SimulatedOwner(person, new SeededRandom(seed * 1_000 + index), {
    isAwkward,
    record: (...action) => {
      if (watched === undefined) throw new Error('The app acts on no mailbox before it is connected');
      return watched.recordAction(...action);
    },
  });
  owner.furnish(inPlace);
  const found = microsoft.truth.entries({ mailbox: person.email });
  watched = await WatchedMailbox.connect(person, { url: backend.url, microsoft, renewals });
  return { owner, watched, phases: [found] };
}
