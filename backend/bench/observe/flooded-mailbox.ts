import type { Queue } from 'bullmq';
import type { TruthEntry } from '../../emulator/ledgers/truth.ts';
import { SeededRandom } from '../../emulator/random.ts';
import type { FloodPlan } from './plan.ts';
import { SimulatedOwner } from './owner.ts';
import type { FloodStage } from './stage.ts';
import { WatchedMailbox } from './watched-mailbox.ts';

/** One mailbox of a flood: who is busy in it, and the service's side of it. */
export interface FloodedMailbox {
  readonly owner: SimulatedOwner;
  readonly watched: WatchedMailbox;
  /** What really happened, phase by phase; phase 0 is from before it was connected. */
  readonly phases: (readonly TruthEntry[])[];
}

/** Address of the owner of the mailbox with this number; the first is the service's admin. */
export function emailOf(index: number): string {
  return `owner${index + 1}@contoso.example`;
}

/** Makes a mailbox with mail in it, and connects it to the service. */
export async function floodedMailbox(
  index: number,
  { inPlace, seed }: FloodPlan,
  { stage, renewals }: { stage: FloodStage; renewals: Queue },
): Promise<FloodedMailbox> {
  const { microsoft, backend } = stage;
  const person = microsoft.people.add({ email: emailOf(index) });
  let watched: WatchedMailbox | undefined;
  const owner = new SimulatedOwner(person, new SeededRandom(seed * 1_000 + index), (...action) => {
    if (watched === undefined) throw new Error('The app acts on no mailbox before it is connected');
    return watched.recordAction(...action);
  });
  owner.furnish(inPlace);
  const found = microsoft.truth.entries({ mailbox: person.email });
  watched = await WatchedMailbox.connect(person, { url: backend.url, microsoft, renewals });
  return { owner, watched, phases: [found] };
}
