import { describe, expect, it } from 'vitest';
import { createParts } from '../../emulator/parts.ts';
import { SeededRandom } from '../../emulator/random.ts';
import { unseenNames } from './errand.ts';
import { historiesOf } from './history.ts';
import { placesOf } from './judge-mailboxes.ts';
import { type Ledger, possibleLedgers } from './oracle.ts';
import { SimulatedOwner } from './owner.ts';
import { ToyObserver } from './toy-observer.ts';
import { countFaults, judge, type Row } from './verdict.ts';

const phases = 5;
const changes = 120;

/** An owner who is busy for some phases, and an observer that looks now and then, and at the end of each phase. */
async function flooded(seed: number, lookRate: number) {
  const { people, truth } = createParts({ seed });
  const person = people.add({ email: 'owner@contoso.example' });
  const random = new SeededRandom(seed);
  const observer = new ToyObserver(person.mailbox);
  const owner = new SimulatedOwner(person, random, observer.recordAction);
  owner.furnish(40);
  const entries = [truth.entries()];
  for (const { item } of truth.entries()) observer.look(item, true);
  const names = new Set<string>();
  for (let phase = 1; phase <= phases; phase += 1) {
    const after = truth.entries().at(-1)?.sequence ?? 0;
    for (const { steps, unseen } of owner.plan({ changes, phase })) {
      if (unseen !== undefined) names.add(unseen);
      for (const step of steps) {
        await step();
        const changed = truth.entries({ after }).at(-1);
        if (changed !== undefined && random.chance(lookRate)) observer.look(changed.item);
      }
    }
    entries.push(truth.entries({ after }));
    for (const { item } of truth.entries({ after })) observer.look(item);
  }
  const places = placesOf(person);
  const histories = historiesOf({ phases: entries, actions: owner.hand.actions });
  const possible = new Map([...histories].map(([id, history]) => [id, possibleLedgers(history, places)]));
  return { possible, rows: observer.rows(), names, actions: owner.hand.actions };
}

function judged(possible: ReadonlyMap<string, readonly Ledger[]>, rows: readonly Row[]) {
  const { faults, ...rest } = judge(possible, rows);
  const [lost, duplicated] = [countFaults(faults, 'lost'), countFaults(faults, 'duplicated')];
  return { ...rest, lost, duplicated, misattributed: countFaults(faults, 'misattributed') };
}

const clean = { lost: 0, duplicated: 0, misattributed: 0 };

describe('the comparison with what really happened', () => {
  it.each([0, 0.3, 1])(
    'finds no fault in a faultless observer that looks at a part of %s of the changes',
    async (rate) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const { possible, rows } = await flooded(seed, rate);

        expect(judged(possible, rows)).toMatchObject(clean);
      }
    },
  );

  it('knows the one ledger of nearly every message, and has every kind of change that cannot be seen', async () => {
    const { possible, names, actions } = await flooded(1, 0);
    const several = [...possible.values()].filter((ledgers) => ledgers.length > 1);

    expect(possible.size).toBeGreaterThan(200);
    expect(several.length).toBeGreaterThan(5);
    expect(several.length).toBeLessThan(possible.size / 3);
    expect([...names].toSorted()).toEqual(unseenNames.toSorted());
    expect(actions.length).toBeGreaterThan(10);
  });

  it('counts messages that a look fell in between of', async () => {
    const [never, always] = [await flooded(1, 0), await flooded(1, 1)];

    expect(judged(never.possible, never.rows).seenInBetween).toBe(0);
    expect(judged(always.possible, always.rows).seenInBetween).toBeGreaterThan(5);
  });
});

const last = (rows: Row[], type: string): Row => {
  const row = rows.findLast(({ eventType }) => eventType === type);
  if (row === undefined) throw new Error(`There is no ${type} event`);
  return row;
};
const replaced = (rows: Row[], row: Row, change: Partial<Row>): Row[] =>
  rows.map((other) => (other === row ? { ...row, ...change } : other));

const planted = async (change: (rows: Row[]) => Row[]) => {
  const { possible, rows } = await flooded(2, 0.2);
  return judged(possible, change(rows));
};

describe('a planted fault is found:', () => {
  it.each(['arrived', 'deleted', 'moved', 'read', 'flagged', 'categorized'])('a lost %s event', async (type) => {
    const verdict = await planted((rows) => rows.filter((row) => row !== last(rows, type)));

    expect(verdict).toMatchObject({ ...clean, lost: expect.toSatisfy((count: number) => count >= 1) });
  });

  it('a second move that was not counted', async () => {
    const verdict = await planted((rows) => {
      const twice = rows.find(({ eventType, occurrences }) => eventType === 'moved' && occurrences === 3);
      return twice === undefined ? [] : replaced(rows, twice, { occurrences: 2 });
    });

    expect(verdict).toMatchObject({ ...clean, lost: 1 });
  });

  it('an event that was counted twice', async () => {
    const verdict = await planted((rows) => replaced(rows, last(rows, 'arrived'), { occurrences: 2 }));

    expect(verdict).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('a second row of a message and type', async () => {
    const verdict = await planted((rows) => [...rows, { ...last(rows, 'arrived') }]);

    expect(verdict).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('an event of a message that never was', async () => {
    const verdict = await planted((rows) => [...rows, { ...last(rows, 'read'), messageId: 'nobody' }]);

    expect(verdict).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('a last move that went somewhere else', async () => {
    const verdict = await planted((rows) => replaced(rows, last(rows, 'moved'), { toFolder: 'elsewhere' }));

    expect(verdict).toMatchObject({ ...clean, lost: 1 });
  });

  it('an action of the app that counts as its owner’s', async () => {
    const verdict = await planted((rows) => {
      const own = rows.find(({ actionId }) => actionId !== undefined);
      return own === undefined ? [] : replaced(rows, own, { actionId: undefined });
    });

    expect(verdict).toMatchObject({ ...clean, misattributed: 1 });
  });

  it('a change by the owner that counts as the app’s', async () => {
    const verdict = await planted((rows) => replaced(rows, last(rows, 'read'), { actionId: 'action 1' }));

    expect(verdict).toMatchObject({ ...clean, misattributed: 1 });
  });

  it('mail that was found in place and counts as arriving', async () => {
    const verdict = await planted((rows) => {
      const found = rows.find(({ foundInPlace }) => foundInPlace === true);
      return found === undefined ? [] : replaced(rows, found, { foundInPlace: false });
    });

    expect(verdict).toMatchObject({ ...clean, misattributed: 1 });
  });
});
