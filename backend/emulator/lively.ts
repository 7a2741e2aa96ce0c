import type { Emulator } from './emulator.ts';
import { startEmulator } from './emulator.ts';
import { correspondents, type Correspondent, daysOfMail } from './lively-correspondents.ts';
import { furnishedPeople } from './furnished.ts';
import type { Person } from './people.ts';
import { SeededRandom } from './random.ts';

const dayMs = 24 * 60 * 60_000;
/** Younger mail says nothing yet: its owner may not have come to it. */
const youngestDays = 1.2;
const answerCount = 18;
const strangerCount = 20;

/** An emulator in whose one mailbox there is much to see. */
export interface LivelyEmulator {
  readonly emulator: Emulator;
  readonly owner: Person;
}

/** Starts an emulator with one person, who signs in without being asked, and whose mailbox shows two months of habits. */
export async function startLivelyEmulator(options: { port: number; seed?: number }): Promise<LivelyEmulator> {
  const emulator = await startEmulator({ ...options, consent: 'auto' });
  const owner = emulator.people.add({
    email: furnishedPeople[0],
    name: 'Ada',
    folders: ['Reports', 'Reading'],
    usualFolders: true,
  });
  fillMailbox(owner, { seed: options.seed ?? 1, nowMs: emulator.clock.now() });
  return { emulator, owner };
}

/** Fills a mailbox with the mail of two months, and has its owner do with it what they always do. */
function fillMailbox(owner: Person, { seed, nowMs }: { seed: number; nowMs: number }): void {
  const random = new SeededRandom(seed);
  const mails = [
    ...correspondents.flatMap((correspondent) => mailOf(correspondent, random)),
    ...Array.from({ length: strangerCount }, (_, nth) => fromStranger(nth, random)),
    ...Array.from({ length: answerCount }, (_, nth) => answer(owner, nth)),
  ];
  for (const { ageDays, arrive } of mails.toSorted((one, other) => other.ageDays - one.ageDays)) {
    arrive(owner, nowMs - ageDays * dayMs);
  }
}

interface Mail {
  readonly ageDays: number;
  readonly arrive: (owner: Person, receivedAtMs: number) => void;
}

function mailOf({ from, subjects, everyDays, headers, habit }: Correspondent, random: SeededRandom): Mail[] {
  const mails: Mail[] = [];
  for (let day = youngestDays; day < daysOfMail - 1; day += everyDays) {
    const nth = mails.length;
    const subject = subjects[nth % subjects.length];
    mails.push({
      ageDays: day + random.next() * 0.4,
      arrive: ({ does }, receivedAtMs) => habit(does, does.deliver({ from, subject, receivedAtMs, headers }), nth),
    });
  }
  return mails;
}

function fromStranger(nth: number, random: SeededRandom): Mail {
  const from = `someone@company-${nth + 1}.example`;
  return {
    ageDays: youngestDays + random.next() * (daysOfMail - 2),
    arrive: ({ does }, receivedAtMs) => {
      does.deliver({ from, subject: 'A question about your offer', receivedAtMs, isRead: nth % 2 === 0 });
    },
  };
}

/** What its owner wrote themselves: to colleagues, in turn. */
function answer({ mailbox }: Person, nth: number): Mail {
  const colleagues = correspondents.filter(({ isColleague }) => isColleague);
  const to = colleagues.slice(nth % colleagues.length).slice(0, 1);
  return {
    ageDays: youngestDays + nth * 3,
    arrive: ({ does }, receivedAtMs) => {
      const draft = { from: mailbox.owner, to: to.map(({ from }) => from), subject: 'Re: your question' };
      does.deliver({ ...draft, folder: 'sentitems', receivedAtMs, isRead: true });
    },
  };
}
