import * as fc from 'fast-check';
import {
  actionLists,
  type Command,
  conditionLists,
  faultKinds,
  folders,
  ownVerbs,
  scopes,
  senders,
  subjects,
  type Wish,
} from './commands.ts';

const pick = fc.nat(99);
const below = (length: number) => fc.nat(length - 1);
const actionListCount = actionLists((name) => name).length;
const conditionListCount = conditionLists((name) => name).length;
/** Those lists of actions that delete. */
const deletingLists = [0, 2, 7] as const;

const words = { conditions: below(conditionListCount), actions: below(actionListCount) };
const of = <const D extends string>(...names: D[]) => fc.constantFrom(...names);

const createRule = fc.record({ do: of('createRule'), ...words });
const ruleWish = fc.oneof(
  { weight: 3, arbitrary: createRule },
  { weight: 1, arbitrary: fc.record({ do: of('changeRule'), pick, ...words }) },
  { weight: 2, arbitrary: fc.record({ do: of('disableRule', 'removeRule'), pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('enableRule'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: of('runRule'), pick }) },
);
const messageWish = fc.record({ do: of('rescue', 'execute', 'undo', 'undo'), pick });
const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: messageWish },
  { weight: 2, arbitrary: ruleWish },
  { weight: 1, arbitrary: fc.record({ do: of('sync') }) },
);

const deliver: fc.Arbitrary<Command> = fc.record({
  do: of('deliver'),
  sender: below(senders.length),
  subject: below(subjects.length),
  isRead: fc.nat(9).map((number) => number === 0),
  isFiled: fc.nat(9).map((number) => number === 0),
  isBlue: fc.nat(5).map((number) => number === 0),
});
const own: fc.Arbitrary<Command> = fc.record({
  do: of('own'),
  verb: fc.constantFrom(...ownVerbs),
  pick,
  folder: below(folders.length),
});
const fault: fc.Arbitrary<Command> = fc.record({
  do: of('fault'),
  kind: fc.constantFrom(...faultKinds),
  on: of('any', 'moves', 'marks'),
  times: fc.integer({ min: 1, max: 3 }),
});
const calm: fc.Arbitrary<Command> = fc.record({ do: of('calm') });
const makeDue: fc.Arbitrary<Command> = fc.record({ do: of('makeDue') });

const step: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: deliver },
  { weight: 6, arbitrary: own },
  { weight: 6, arbitrary: messageWish },
  { weight: 2, arbitrary: ruleWish },
  { weight: 2, arbitrary: fault },
  { weight: 2, arbitrary: makeDue },
  { weight: 2, arbitrary: calm },
  { weight: 1, arbitrary: fc.record({ do: of('notify'), badly: fc.boolean() }) },
);

/** Things that happen one after the other, as fast as they can. */
const stretch = (steps: fc.Arbitrary<Command>, minLength: number, maxLength: number) =>
  fc.array(steps, { minLength, maxLength });
const inOrder = (...parts: readonly fc.Arbitrary<Command[]>[]) => fc.tuple(...parts).map((lists) => lists.flat());
const alone = (command: fc.Arbitrary<Command>) => command.map((one) => [one]);

/** Mail that comes in together; rules have the time to act on it. */
const post = inOrder(stretch(deliver, 3, 5), alone(calm));

const paused = fc
  .record({ scope: fc.constantFrom(...scopes), before: stretch(deliver, 1, 2), meanwhile: stretch(step, 4, 7) })
  .map(({ scope, before, meanwhile }): Command[] => [
    ...before,
    { do: 'pause', scope },
    { do: 'makeDue' },
    ...meanwhile,
    { do: 'calm' },
    { do: 'resume', scope },
  ]);

const crashedAmid = (amid: fc.Arbitrary<Wish>) =>
  fc
    .record({
      do: of('crash'),
      counts: of('requests', 'changes'),
      after: fc.nat(8),
      amid: fc.option(amid, { nil: undefined, freq: 3 }),
    })
    .map((crash): Command[] => [crash]);
const crashed = inOrder(stretch(deliver, 0, 2), crashedAmid(wish), stretch(fc.oneof(deliver, own), 0, 3));

const tidying: fc.Arbitrary<Command[]> = fc.constant([{ do: 'removeStagingFolder' }]);
/** Of the rule that deletes. */
const switchedOff = alone(fc.record({ do: of('disableRule', 'removeRule'), pick: fc.constant(0) }));

/** One rule that deletes, one about the same domain, and any other. */
const furniture = fc
  .record({ deletes: fc.constantFrom(...deletingLists), actions: below(actionListCount), other: createRule })
  .map(({ deletes, actions, other }): Command[] => [
    { do: 'createRule', conditions: 1, actions: deletes },
    { do: 'createRule', conditions: 2, actions },
    other,
  ]);

/** A life of a mailbox: some rules, and then mail, owner, faults, pauses and crashes mixed. */
export const life: fc.Arbitrary<Command[]> = inOrder(
  furniture,
  post,
  stretch(step, 6, 10),
  crashed,
  stretch(step, 6, 10),
  paused,
  post,
  fc.oneof(crashed, tidying, alone(makeDue), switchedOff),
  stretch(step, 6, 10),
  fc.oneof(switchedOff, crashed),
);

const asking: fc.Arbitrary<Wish> = fc.record({ do: of('execute', 'rescue', 'runRule'), pick });
const undisturbed: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: deliver },
  { weight: 2, arbitrary: fault },
  { weight: 3, arbitrary: asking },
  { weight: 1, arbitrary: makeDue },
);

/** The same with nobody but the automation, and whoever asks it for something, at the mail. */
export const lifeWithoutOwner: fc.Arbitrary<Command[]> = inOrder(
  furniture,
  post,
  stretch(undisturbed, 6, 10),
  post,
  alone(createRule),
  stretch(asking, 3, 4),
  crashedAmid(asking),
  stretch(undisturbed, 6, 10),
);
