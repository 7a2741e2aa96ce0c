import { describe, expect, it } from 'vitest';
import { createParts } from '../../emulator/parts.ts';
import { SeededRandom } from '../../emulator/random.ts';
import { unseenNames } from './scenario.ts';
import { historiesOf } from './history.ts';
import { placesOf } from './compare-mailboxes.ts';
import { type EventRows, possibleEvents } from './expected-events.ts';
import { SimulatedOwner } from './owner.ts';
import { ReferenceObserver } from './reference-observer.ts';
import { countFaults, compareEvents, type Row } from './compare.ts';

const phases = 5;
const changes = 120;

/** Runs an owner for some phases, with an observer that looks now and then and at the end of each phase. */
async function flooded(seed: number, lookRate: number) {
  const { people, truth } = createParts({ seed });
  const person = people.add({ email: 'owner@contoso.example' });
  const random = new SeededRandom(seed);
  const observer = new ReferenceObserver(person.mailbox);
  const owner = new SimulatedOwner(person, random, { record: observer.recordAction });
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
  const histories = historiesOf({ phases: entries, actions: owner.actor.actions, shapes: owner.actor.shapes });
  const possible = new Map([...histories].map(([id, history]) => [id, possibleEvents(history, places)]));
  return { possible, rows: observer.rows(), names, actions: owner.actor.actions };
}

function countedFaults(possible: ReadonlyMap<string, readonly EventRows[]>, rows: readonly Row[]) {
  const { faults, ...rest } = compareEvents(possible, rows);
  const [lost, duplicated] = [countFaults(faults, 'lost'), countFaults(faults, 'duplicated')];
  return { ...rest, lost, duplicated, misattributed: countFaults(faults, 'misattributed') };
}

const clean = { lost: 0, duplicated: 0, misattributed: 0 };

describe('the comparison with what really happened', () => {
  it.each([0, 0.3, 1])(
    'finds no fault in a correct observer that looks after a share of %s of the changes',
    async (rate) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const { possible, rows } = await flooded(seed, rate);

        expect(countedFaults(possible, rows)).toMatchObject(clean);
      }
    },
  );

  it('knows the one correct set of rows of nearly every message, and has every kind of unseen scenario', async () => {
    const { possible, names, actions } = await flooded(1, 0);
    const several = [...possible.values()].filter((alternatives) => alternatives.length > 1);

    expect(possible.size).toBeGreaterThan(200);
    expect(several.length).toBeGreaterThan(5);
    expect(several.length).toBeLessThan(possible.size / 3);
    expect([...names].toSorted()).toEqual(unseenNames.toSorted());
    expect(actions.length).toBeGreaterThan(10);
  });

  it('counts messages whose short-lived changes were observed', async () => {
    const [never, always] = [await flooded(1, 0), await flooded(1, 1)];

    expect(countedFaults(never.possible, never.rows).seenInBetween).toBe(0);
    expect(countedFaults(always.possible, always.rows).seenInBetween).toBeGreaterThan(5);
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
  return countedFaults(possible, change(rows));
};

describe('a planted fault is found:', () => {
  it.each(['arrived', 'deleted', 'moved', 'read', 'flagged', 'categorized'])('a lost %s event', async (type) => {
    const comparison = await planted((rows) => rows.filter((row) => row !== last(rows, type)));

    expect(comparison).toMatchObject({ ...clean, lost: expect.toSatisfy((count: number) => count >= 1) });
  });

  it('a second move that was not counted', async () => {
    const comparison = await planted((rows) => {
      const twice = rows.find(({ eventType, occurrences }) => eventType === 'moved' && occurrences === 3);
      return twice === undefined ? [] : replaced(rows, twice, { occurrences: 2 });
    });

    expect(comparison).toMatchObject({ ...clean, lost: 1 });
  });

  it('an event that was counted twice', async () => {
    const comparison = await planted((rows) => replaced(rows, last(rows, 'arrived'), { occurrences: 2 }));

    expect(comparison).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('a second row of a message and type', async () => {
    const comparison = await planted((rows) => [...rows, { ...last(rows, 'arrived') }]);

    expect(comparison).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('an event of a message that never was', async () => {
    const comparison = await planted((rows) => [...rows, { ...last(rows, 'read'), messageId: 'nobody' }]);

    expect(comparison).toMatchObject({ ...clean, duplicated: 1 });
  });

  it('a last move that went somewhere else', async () => {
    const comparison = await planted((rows) => replaced(rows, last(rows, 'moved'), { toFolder: 'elsewhere' }));

    expect(comparison).toMatchObject({ ...clean, lost: 1 });
  });

  it('an action of the app that counts as its owner’s', async () => {
    const comparison = await planted((rows) => {
      const own = rows.find(({ actionId }) => actionId !== undefined);
      return own === undefined ? [] : replaced(rows, own, { actionId: undefined });
    });

    expect(comparison).toMatchObject({ ...clean, misattributed: 1 });
  });

  it('a change by the owner that counts as the app’s', async () => {
    const comparison = await planted((rows) => replaced(rows, last(rows, 'read'), { actionId: 'action 1' }));

    expect(comparison).toMatchObject({ ...clean, misattributed: 1 });
  });

  it('mail that was found in place and counts as arriving', async () => {
    const comparison = await planted((rows) => {
      const found = rows.find(({ foundInPlace }) => foundInPlace === true);
      return found === undefined ? [] : replaced(rows, found, { foundInPlace: false });
    });

    expect(comparison).toMatchObject({ ...clean, misattributed: 1 });
  });
});
