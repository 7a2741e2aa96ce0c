import { parseArgs } from 'node:util';
import { correspondents } from '../emulator/lively-correspondents.ts';
import { type Emulator, startEmulator } from '../emulator/emulator.ts';
import type { TruthEntry } from '../emulator/ledgers/truth.ts';
import type { Burst } from '../emulator/mailbox/bursts.ts';
import type { Person } from '../emulator/people.ts';
import { SeededRandom } from '../emulator/random.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../src/lib/durations.ts';
import { type BurstLimits, findBursts, type MessageAct } from '../src/patterns/detection/bursts.ts';
import { groupBy } from '../src/lib/group-by.ts';

const helpText = `npm run bench:bursts: measures from how many messages, within how long, the same act counts as one decision

Owners of the emulator work off sixty days of mail message by message, at their own pace; between, bursts happen: retention,
Sweep, AutoArchive, an admin, and the owner with all messages selected. The truth ledger tells the two apart.

  --owners N  number of owners (24)
  --seed N    seed of everything random (1)`;

const days = 60;
const actKinds = { delete: 'deleted', move: 'moved', read: 'read', categorize: 'categorized' } as const;

/** An act on a message as the truth ledger has it, with what detection must not know. */
interface TrueAct extends MessageAct {
  readonly sender: string;
  /** Undefined for an act on this one message. */
  readonly burst: number | undefined;
}

class Owner {
  readonly acts: TrueAct[] = [];
  readonly #emulator: Emulator;
  readonly #person: Person;
  readonly #random: SeededRandom;
  /** Median seconds that the owner looks at a message before they treat it. */
  readonly #pace: number;
  readonly #sessionsADay: number;
  readonly #senders = new Map<string, string>();
  #bursts = 0;

  constructor(emulator: Emulator, nth: number, random: SeededRandom) {
    this.#emulator = emulator;
    this.#random = random;
    this.#pace = random.pick([4, 8, 15, 30]);
    this.#sessionsADay = random.pick([1, 2, 4]);
    this.#person = emulator.people.add({ email: `owner${nth}@contoso.example`, folders: ['Reports', 'Reading'] });
  }

  live(): void {
    const { clock } = this.#emulator;
    const start = clock.now();
    for (let session = 0; session < days * this.#sessionsADay; session += 1) {
      const from = start + ((session - 1) * dayMs) / this.#sessionsADay;
      const at = start + (session * dayMs) / this.#sessionsADay + this.#random.next() * hourMs;
      clock.advance(at - clock.now());
      this.#workOff(from, at);
      if (this.#random.chance(0.3)) this.#burst();
    }
  }

  /** Everybody who wrote since the last session: message by message. */
  #workOff(from: number, to: number): void {
    const { clock } = this.#emulator;
    for (const { from: sender, subjects, everyDays, habit } of correspondents) {
      // people get more mail than the few correspondents send
      const expected = ((to - from) / dayMs / everyDays) * 2;
      for (let rest = expected; rest > 0; rest -= 1) {
        if (rest < 1 && !this.#random.chance(rest)) continue;
        const receivedAtMs = from + this.#random.next() * (to - from);
        const message = this.#person.does.deliver({ from: sender, subject: this.#random.pick(subjects), receivedAtMs });
        this.#senders.set(message.id, sender.address);
        clock.advance(this.#pause());
        this.#record(undefined, () => habit(this.#person.does, message, Math.floor(this.#random.next() * 50)));
      }
    }
  }

  /** Log-normal, as times of human tasks are: one in six takes less than half the median. */
  #pause(): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random.next())) * Math.cos(2 * Math.PI * this.#random.next());
    return this.#pace * Math.exp(0.7 * normal) * secondMs;
  }

  #burst(): void {
    const { clock } = this.#emulator;
    const kinds: readonly Burst[] = [
      { do: 'delete', by: 'retention', folder: 'inbox', olderThanDays: 20 },
      { do: 'move', to: 'archive', by: 'autoArchive', folder: 'inbox', olderThanDays: 30 },
      { do: 'delete', by: 'sweep', folder: 'inbox', from: this.#random.pick(correspondents).from.address },
      { do: 'delete', by: 'admin', folder: 'inbox' },
      { do: 'delete', folder: 'inbox' },
      { do: 'move', to: 'archive', folder: 'inbox' },
      { do: 'read', folder: 'inbox' },
      { do: 'categorize', categories: ['Blue'], folder: 'inbox' },
    ];
    const { folder, from, olderThanDays = 0, ...deed } = this.#random.pick(kinds);
    const inFolder = this.#person.mailbox.messages(folder).filter(({ receivedAtMs, isRead, from: { address } }) => {
      const isMeant = from === undefined || from === address;
      return isMeant && clock.now() - receivedAtMs > olderThanDays * dayMs && (deed.do !== 'read' || !isRead);
    });
    const ids = inFolder.slice(0, 2 + Math.floor(this.#random.next() * 40)).map(({ id }) => id);
    this.#bursts += 1;
    const gapMs = this.#random.pick([0, 100, secondMs, 5 * secondMs]);
    for (const id of ids) {
      clock.advance(this.#random.next() * 2 * gapMs);
      this.#record(this.#bursts, () => this.#person.burst({ ...deed, messages: [id] }));
    }
  }

  #record(burst: number | undefined, doing: () => void): void {
    const before = this.#emulator.truth.entries({ mailbox: this.#person.email }).at(-1)?.sequence ?? 0;
    doing();
    const entries = this.#emulator.truth.entries({ mailbox: this.#person.email, after: before });
    this.acts.push(...entries.flatMap((entry) => this.#actOf(entry, burst)));
    this.#emulator.truth.clear();
  }

  #actOf({ kind, item, atMs, from, to }: TruthEntry, burst: number | undefined): TrueAct[] {
    if (!isAct(kind)) return [];
    const folders = kind === 'delete' || kind === 'move' ? { fromFolder: String(from), toFolder: String(to) } : {};
    const sender = this.#senders.get(item) ?? '';
    return [{ eventType: actKinds[kind], timestamp: new Date(atMs), ...folders, sender, burst }];
  }
}

function isAct(kind: string): kind is keyof typeof actKinds {
  return kind in actKinds;
}

interface Score {
  decisions: number;
  /** Decisions on one message each that are counted as one with another of the same sender. */
  merged: number;
  bursts: number;
  /** Bursts that count as more than one decision about some sender. */
  missed: number;
  /** Votes too many, because of them. */
  surplus: number;
}

/** Adds what the limits make of the acts of one owner. Reading is left out: it has limits of its own. */
function score(acts: readonly TrueAct[], limits: BurstLimits, sum: Score): void {
  const judged = acts.filter(({ eventType }) => eventType !== 'read');
  const burstOf = findBursts(judged, limits);
  const merged = new Set<string>();
  for (const act of judged.filter(({ burst }) => burst === undefined)) {
    const found = burstOf(act);
    sum.decisions += 1;
    if (found === undefined) continue;
    const unit = `${found} ${act.sender}`;
    if (merged.has(unit)) sum.merged += 1;
    merged.add(unit);
  }
  const bySender = groupBy(
    judged.filter(({ burst }) => burst !== undefined),
    ({ burst, sender }) => `${burst} ${sender}`,
  );
  const missed = new Set<number | undefined>();
  for (const [first, ...others] of bySender.values()) {
    if (first === undefined) continue;
    const found = [first, ...others].map((act, nth) => burstOf(act) ?? `alone ${nth}`);
    const surplus = new Set(found).size - 1;
    sum.surplus += surplus;
    if (surplus > 0) missed.add(first.burst);
  }
  sum.missed += missed.size;
  sum.bursts += new Set(judged.flatMap(({ burst }) => burst ?? [])).size;
}

async function main(args: string[]): Promise<void> {
  const options = {
    help: { type: 'boolean', short: 'h' },
    owners: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help === true) {
    console.log(helpText);
    return;
  }
  const random = new SeededRandom(Number(values.seed));
  const lives: (readonly TrueAct[])[] = [];
  for (let nth = 0; nth < Number(values.owners); nth += 1) {
    const emulator = await startEmulator({ seed: nth });
    const owner = new Owner(emulator, nth, random);
    owner.live();
    lives.push(owner.acts);
    await emulator.close();
  }
  console.log(`${values.owners} owners, ${days} days, --seed ${values.seed}\n`);
  console.log(
    '| messages | within | decisions merged wrongly | bursts missed | votes too many |\n| --- | --- | --- | --- | --- |',
  );
  for (const size of [2, 3, 5, 8, 12]) {
    for (const withinMs of [10 * secondMs, 30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs]) {
      const sum: Score = { decisions: 0, merged: 0, bursts: 0, missed: 0, surplus: 0 };
      for (const acts of lives) score(acts, { size, withinMs }, sum);
      const { merged, decisions, missed, bursts, surplus } = sum;
      console.log(
        `| ${size} | ${withinMs / secondMs} s | ${merged} of ${decisions} (${percent(merged, decisions)}) ` +
          `| ${missed} of ${bursts} (${percent(missed, bursts)}) | ${surplus} |`,
      );
    }
  }
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

await main(process.argv.slice(2));
