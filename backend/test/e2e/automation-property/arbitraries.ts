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
  type ServiceRequest,
} from './commands.ts';

const pick = fc.nat(99);
const below = (length: number) => fc.nat(length - 1);
const actionListCount = actionLists((name) => name).length;
const conditionListCount = conditionLists((name) => name).length;
/** Indexes of the action lists that delete. */
const deletingLists = [0, 2, 7] as const;

const ruleChoice = { conditions: below(conditionListCount), actions: below(actionListCount) };
const of = <const D extends string>(...names: D[]) => fc.constantFrom(...names);

const createRule = fc.record({ do: of('createRule'), ...ruleChoice });
const ruleRequest = fc.oneof(
  { weight: 3, arbitrary: createRule },
  { weight: 1, arbitrary: fc.record({ do: of('changeRule'), pick, ...ruleChoice }) },
  { weight: 2, arbitrary: fc.record({ do: of('disableRule', 'removeRule'), pick }) },
  { weight: 2, arbitrary: fc.record({ do: of('enableRule'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: of('runRule'), pick }) },
);
const messageRequest = fc.record({ do: of('rescue', 'execute', 'undo', 'undo'), pick });
const serviceRequest: fc.Arbitrary<ServiceRequest> = fc.oneof(
  { weight: 6, arbitrary: messageRequest },
  { weight: 2, arbitrary: ruleRequest },
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
const settle: fc.Arbitrary<Command> = fc.record({ do: of('settle') });
const makeDue: fc.Arbitrary<Command> = fc.record({ do: of('makeDue') });

const step: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: deliver },
  { weight: 6, arbitrary: own },
  { weight: 6, arbitrary: messageRequest },
  { weight: 2, arbitrary: ruleRequest },
  { weight: 2, arbitrary: fault },
  { weight: 2, arbitrary: makeDue },
  { weight: 2, arbitrary: settle },
  { weight: 1, arbitrary: fc.record({ do: of('notify'), badly: fc.boolean() }) },
);

/** Commands that follow each other without a pause. */
const burst = (steps: fc.Arbitrary<Command>, minLength: number, maxLength: number) =>
  fc.array(steps, { minLength, maxLength });
const inOrder = (...parts: readonly fc.Arbitrary<Command[]>[]) => fc.tuple(...parts).map((lists) => lists.flat());
const alone = (command: fc.Arbitrary<Command>) => command.map((one) => [one]);

/** Several messages at once, and time for rules to act on them. */
const newMail = inOrder(burst(deliver, 3, 5), alone(settle));

const paused = fc
  .record({ scope: fc.constantFrom(...scopes), before: burst(deliver, 1, 2), meanwhile: burst(step, 4, 7) })
  .map(({ scope, before, meanwhile }): Command[] => [
    ...before,
    { do: 'pause', scope },
    { do: 'makeDue' },
    ...meanwhile,
    { do: 'settle' },
    { do: 'resume', scope },
  ]);

const crashedAmid = (amid: fc.Arbitrary<ServiceRequest>) =>
  fc
    .record({
      do: of('crash'),
      counts: of('requests', 'changes'),
      after: fc.nat(8),
      amid: fc.option(amid, { nil: undefined, freq: 3 }),
    })
    .map((crash): Command[] => [crash]);
const crashed = inOrder(burst(deliver, 0, 2), crashedAmid(serviceRequest), burst(fc.oneof(deliver, own), 0, 3));

const stagingFolderRemoval: fc.Arbitrary<Command[]> = fc.constant([{ do: 'removeStagingFolder' }]);
/** Disables or removes the rule that deletes. */
const ruleDisabled = alone(fc.record({ do: of('disableRule', 'removeRule'), pick: fc.constant(0) }));

/** A rule that deletes, one for the same domain, and any other. */
const initialRules = fc
  .record({ deletes: fc.constantFrom(...deletingLists), actions: below(actionListCount), other: createRule })
  .map(({ deletes, actions, other }): Command[] => [
    { do: 'createRule', conditions: 1, actions: deletes },
    { do: 'createRule', conditions: 2, actions },
    other,
  ]);

/** Some rules, then a mixture of mail, owner's acts, faults, pauses and crashes. */
export const commandSequence: fc.Arbitrary<Command[]> = inOrder(
  initialRules,
  newMail,
  burst(step, 6, 10),
  crashed,
  burst(step, 6, 10),
  paused,
  newMail,
  fc.oneof(crashed, stagingFolderRemoval, alone(makeDue), ruleDisabled),
  burst(step, 6, 10),
  fc.oneof(ruleDisabled, crashed),
);

const ownerRequest: fc.Arbitrary<ServiceRequest> = fc.record({ do: of('execute', 'rescue', 'runRule'), pick });
const undisturbed: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: deliver },
  { weight: 2, arbitrary: fault },
  { weight: 3, arbitrary: ownerRequest },
  { weight: 1, arbitrary: makeDue },
);

/** The same without the owner's own acts: only the automation, and requests to it, change mail. */
export const commandSequenceWithoutOwner: fc.Arbitrary<Command[]> = inOrder(
  initialRules,
  newMail,
  burst(undisturbed, 6, 10),
  newMail,
  alone(createRule),
  burst(ownerRequest, 3, 4),
  crashedAmid(ownerRequest),
  burst(undisturbed, 6, 10),
);
