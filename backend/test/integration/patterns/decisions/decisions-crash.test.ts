import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, type IPattern, models, Pattern } from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { customizePattern } from '../../../../src/patterns/decisions/customize.ts';
import { rejectPattern } from '../../../../src/patterns/decisions/reject.ts';
import { recoverDecisions } from '../../../../src/patterns/decisions/recover-decisions.ts';
import type { PatternKey } from '../../../../src/patterns/stored-pattern.ts';
import { withdrawApproval } from '../../../../src/patterns/decisions/withdraw.ts';
import type { Owner } from '../../../factories/owner.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { auditOf, ownerWithFolders, patternRow, rulesOf, suggest } from './decision-fixture.ts';
import { DyingStore } from './dying-store.ts';

const uri = testDatabaseUri();

let store: DyingStore;
let owner: Owner;
beforeAll(async () => {
  store = await DyingStore.connect(uri);
  await buildIndexes(models, recordIndexLog());
  owner = await ownerWithFolders();
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

const customized = { name: 'Mine', action: { actionType: 'archive' } } as const;

/** The decision that follows on a state. */
async function decideOn(status: IPattern['status'], key: PatternKey): Promise<void> {
  if (status === 'approved') await withdrawApproval(key);
  else await rejectPattern(key, { never: status === 'rejected' });
}

/** Each decision, what must have happened before it, and how it ends. */
const decisions = [
  {
    what: 'approving',
    before: [],
    act: approvePattern,
    ends: { status: 'approved', isEnabled: true, actionType: 'move', audited: ['pattern_approved'] },
  },
  {
    what: 'customizing',
    before: [],
    act: (key: PatternKey) => customizePattern(key, customized),
    ends: { status: 'approved', isEnabled: true, actionType: 'archive', audited: ['pattern_customized'] },
  },
  {
    what: 'withdrawing',
    before: [approvePattern],
    act: withdrawApproval,
    ends: {
      status: 'suggested',
      isEnabled: false,
      actionType: 'move',
      audited: ['pattern_approved', 'pattern_withdrawn'],
    },
  },
  {
    what: 'approving again',
    before: [(key: PatternKey) => customizePattern(key, customized), withdrawApproval],
    act: approvePattern,
    ends: {
      status: 'approved',
      isEnabled: true,
      actionType: 'move',
      audited: ['pattern_customized', 'pattern_withdrawn', 'pattern_approved'],
    },
  },
  {
    what: 'rejecting',
    before: [approvePattern, withdrawApproval],
    act: (key: PatternKey) => rejectPattern(key),
    ends: {
      status: 'rejected',
      isEnabled: false,
      actionType: 'move',
      audited: ['pattern_approved', 'pattern_withdrawn', 'pattern_rejected'],
    },
  },
] as const;

/** A pattern right before the decision under test. */
async function prepare({ before }: (typeof decisions)[number]): Promise<PatternKey> {
  const key = await suggest(owner);
  for (const step of before) await step(key);
  return key;
}

/** A pattern for each write of the decision, which was cut off right after it. */
async function cutOffs(decision: (typeof decisions)[number]): Promise<PatternKey[]> {
  const keys: PatternKey[] = [];
  for (let died = true; died; ) {
    const key = await prepare(decision);
    died = await store.dieAfter(keys.length + 1, () => decision.act(key));
    if (died) keys.push(key);
  }
  return keys;
}

async function stateOf(key: PatternKey) {
  const { status } = await patternRow(key);
  const rules = await rulesOf(key);
  const audit = await auditOf(key);
  return {
    status,
    isEnabled: rules.some(({ isEnabled }) => isEnabled),
    actionType: rules[0]?.actions[0]?.actionType,
    audited: audit.map(({ action }) => action),
    rules: rules.length,
    unfinished: audit.filter(({ details }) => details['finishedAt'] === undefined).length,
  };
}

describe.each(decisions)('a process that dies $what', (decision) => {
  const { ends, before, act } = decision;
  const whole = { ...ends, rules: 1, unfinished: 0 };

  it('leaves no new rule in force unless its pattern is approved', async () => {
    const keys = await cutOffs(decision);

    const states = await Promise.all(keys.map(stateOf));

    expect(keys.length).toBeGreaterThan(3);
    const isWrong = ({ status, isEnabled }: (typeof states)[number]) => isEnabled && status !== 'approved';
    expect(before.length === 0 ? states.filter(isWrong) : []).toEqual([]);
  });

  it('is made good at the next start: all of it has happened then, or nothing', async () => {
    const nothing = await stateOf(await prepare(decision));
    const keys = await cutOffs(decision);

    await recoverDecisions(Date.now() + hourMs);

    const [first, ...others] = await Promise.all(keys.map(stateOf));
    expect(first).toEqual(nothing);
    expect(others).toEqual(others.map(() => whole));
  });

  it('is made good by deciding once more: one rule, and one entry of the audit log', async () => {
    for (const key of await cutOffs(decision)) {
      await act(key);
      const once = await stateOf(key);
      await act(key);
      expect(await stateOf(key)).toEqual(once);
      await recoverDecisions(Date.now() + hourMs);

      expect(once).toMatchObject({ status: ends.status, isEnabled: ends.isEnabled, rules: 1 });
      expect(await stateOf(key)).toEqual(whole);
    }
  });

  it('is made good by deciding something else: each step from the state that the last one led to', async () => {
    for (const key of await cutOffs(decision)) {
      const { status } = await patternRow(key);

      await decideOn(status, key);

      const state = await stateOf(key);
      expect(state).toMatchObject({ isEnabled: false });
      expect(state.rules).toBeLessThanOrEqual(1);
      const finished = (await auditOf(key)).filter(({ details }) => details['finishedAt'] !== undefined);
      const steps = finished.map(({ details }) => [details['from'], details['to']]);
      const states = ['suggested', ...steps.map(([, to]) => to)];
      expect(steps.map(([from]) => from)).toEqual(states.slice(0, -1));
      expect(states.at(-1)).toBe(state.status);
    }
  });
});

describe('the start of the service', () => {
  it('leaves a decision that is under way in another process alone', async () => {
    const key = await suggest(owner);
    await store.dieAfter(1, () => approvePattern(key));

    const report = await recoverDecisions(Date.now());

    expect(report.dropped).toBe(0);
    expect(await stateOf(key)).toMatchObject({ status: 'suggested', unfinished: 1 });
  });

  it('finishes what came true also when analysis has led the pattern on since', async () => {
    const key = await suggest(owner);
    await store.dieAfter(2, () => approvePattern(key));
    await Pattern.updateOne({ _id: key.patternId }, { status: 'detected' });

    await recoverDecisions(Date.now() + hourMs);

    const expected = { status: 'detected', isEnabled: false, audited: ['pattern_approved'], unfinished: 0 };
    expect(await stateOf(key)).toMatchObject(expected);
  });
});
