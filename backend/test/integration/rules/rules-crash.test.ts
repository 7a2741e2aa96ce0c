import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../../src/lib/durations.ts';
import { changeRule } from '../../../src/rules/changes/change-rule.ts';
import { createRule } from '../../../src/rules/changes/create-rule.ts';
import { importRules } from '../../../src/rules/changes/import-rules.ts';
import { reinstateRule } from '../../../src/patterns/decisions/reinstate.ts';
import { withdrawApproval } from '../../../src/patterns/decisions/withdraw.ts';
import { removeRule } from '../../../src/rules/changes/remove-rule.ts';
import { reorderRules } from '../../../src/rules/changes/reorder-rules.ts';
import { recoverRuleIntents } from '../../../src/rules/changes/recover-rule-intents.ts';
import { readOrdered } from '../../../src/rules/stored-rules.ts';
import { disableRule, enableRule } from '../../../src/rules/changes/switch-rule.ts';
import { AuditLog, buildIndexes, Mailbox, models, Pattern, Rule, StagedEmail } from '../../../src/models/index.ts';
import { approvePattern } from '../../../src/patterns/decisions/approve.ts';
import { readOwnedMailbox } from '../../../src/rules/owned-mailbox.ts';
import { recoverDecisions } from '../../../src/patterns/decisions/recover-decisions.ts';
import type { Owner } from '../../factories/owner.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { dropDatabase, testDatabaseUri } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { ownerWithFolders, suggest } from '../patterns/decisions/decision-fixture.ts';
import { DyingStore } from '../patterns/decisions/dying-store.ts';

const uri = testDatabaseUri();

let store: DyingStore;
beforeAll(async () => {
  store = await DyingStore.connect(uri);
  await buildIndexes(models, recordIndexLog());
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

/** A mailbox with the approved rule of a pattern, which has staged a message. */
interface RuleFixture extends Owner {
  readonly by: string;
  readonly ruleId: string;
}

async function buildRuleFixture(): Promise<RuleFixture> {
  const owner = await ownerWithFolders();
  const key = await suggest(owner);
  await approvePattern(key);
  const { _id } = await Rule.findOne({ sourcePatternId: key.patternId }).orFail().lean();
  await buildStagedEmail({ ...owner, ruleId: _id });
  return { ...owner, by: key.userId, ruleId: _id.toString() };
}

const keyOf = ({ by, ruleId }: RuleFixture) => ({ userId: by, ruleId, isAdmin: false });
const listOf = ({ userId, mailboxId }: RuleFixture) => ({ scope: 'user', userId, mailboxId }) as const;
const words = (name: string) =>
  ({ name, conditions: { subjectContains: name }, actions: [{ actionType: 'archive' }] }) as const;
const make = (of: RuleFixture, name: string) =>
  createRule({ list: listOf(of), words: words(name), isEnabled: true, by: of.by });

async function suspend({ ruleId }: RuleFixture): Promise<void> {
  const rule = await Rule.findByIdAndUpdate(ruleId, {
    isEnabled: false,
    suspendedAt: new Date(),
    $inc: { version: 1 },
  });
  await Pattern.updateOne({ _id: rule?.sourcePatternId }, { $set: { status: 'detected' }, $unset: { approvedAt: 1 } });
}

/** All that a change of rules can leave behind. */
async function stateOf(of: RuleFixture) {
  const { userId, mailboxId } = of;
  const rules = await readOrdered(listOf(of));
  const pattern = await Pattern.findOne({ userId }).orFail().lean();
  const staged = await StagedEmail.findOne({ mailboxId }).orFail().lean();
  const audited = await AuditLog.find({ userId, targetType: mongoose.trusted({ $ne: 'pattern' }) })
    .sort({ createdAt: 1 })
    .lean();
  const mailbox = await Mailbox.findById(mailboxId).orFail().lean();
  return {
    rules: rules.map(({ name, isEnabled }) => `${name}: ${isEnabled ? 'on' : 'off'}`),
    pattern: pattern.status,
    staged: staged.status,
    audited: audited.map(({ action }) => action),
    open: audited.filter(({ openSince }) => openSince !== undefined).length,
    isOrdering: mailbox.ruleOrder !== undefined,
  };
}

/** A deletion that was cut short: it does nothing any more, and can be asked for again. */
const switchedOff = {
  rules: ['Move mail of news@example.com to Reading: off'],
  pattern: 'suggested',
  staged: 'rescuing',
};

const changes = [
  { what: 'making a rule', between: [], before: [], act: (of: RuleFixture) => make(of, 'new') },
  {
    what: 'changing a rule',
    between: [],
    before: [],
    act: (of: RuleFixture) => changeRule(keyOf(of), { actions: [{ actionType: 'flag' }] }, () => undefined),
  },
  { what: 'switching a rule off', between: [], before: [], act: (of: RuleFixture) => disableRule(keyOf(of)) },
  {
    what: 'switching a suspended rule on',
    between: [],
    before: [suspend],
    act: (of: RuleFixture) => enableRule(keyOf(of), reinstateRule),
  },
  {
    what: 'deleting a rule',
    before: [],
    act: (of: RuleFixture) => removeRule(keyOf(of), withdrawApproval),
    between: [switchedOff],
  },
  {
    what: 'putting rules in another order',
    between: [],
    before: [(of: RuleFixture) => make(of, 'one'), (of: RuleFixture) => make(of, 'two')],
    act: async (of: RuleFixture) => {
      const rules = await readOrdered(listOf(of));
      const ruleIds = rules.map(({ _id }) => _id.toString()).toReversed();
      return reorderRules({ list: listOf(of), ruleIds, by: of.by });
    },
  },
  {
    what: 'importing rules',
    between: [],
    before: [],
    act: async (of: RuleFixture) => {
      const rules = ['one', 'two', 'three'].map((name) => ({ ...words(name), isEnabled: true }));
      return importRules({ mailbox: await readOwnedMailbox(of), rules, enable: true });
    },
  },
] as const;

async function prepare({ before }: (typeof changes)[number]): Promise<RuleFixture> {
  const of = await buildRuleFixture();
  for (const step of before) await step(of);
  return of;
}

describe.each(changes)('a process that dies $what', (change) => {
  it('leaves no change without an entry, and all of it or nothing after the next start', async () => {
    const [untouched, finished] = [await prepare(change), await prepare(change)];
    await change.act(finished);
    const [nothing, whole] = [await stateOf(untouched), await stateOf(finished)];

    const fixtures: RuleFixture[] = [];
    const unaudited: unknown[] = [];
    for (let died = true; died; ) {
      const of = await prepare(change);
      died = await store.dieAfter(fixtures.length + 1, () => change.act(of));
      if (!died) continue;
      fixtures.push(of);
      const state = await stateOf(of);
      const isChanged = state.rules.join() !== nothing.rules.join() && state.pattern === nothing.pattern;
      if (isChanged && state.audited.length === nothing.audited.length) unaudited.push(state);
    }
    await recoverDecisions(Date.now() + hourMs);
    await recoverRuleIntents(Date.now() + hourMs);
    const states = await Promise.all(fixtures.map(stateOf));

    expect(fixtures.length).toBeGreaterThan(2);
    expect(unaudited).toEqual([]);
    expect(states.filter(({ open, isOrdering }) => open > 0 || isOrdering)).toEqual([]);
    expect(states.at(0)?.rules).toEqual(nothing.rules);
    expect(states.at(-1)).toEqual(whole);
    const outcomes = new Set(states.map((state) => JSON.stringify(state)));
    const known = new Set([JSON.stringify(nothing), JSON.stringify(whole)]);
    const between = [...outcomes].filter((outcome) => !known.has(outcome));
    expect(between).toEqual(change.between.map((state) => JSON.stringify({ ...nothing, ...state })));
  });

  it('can be asked again, and ends as if nothing had happened', async () => {
    const whole = await prepare(change);
    await change.act(whole);
    const expected = await stateOf(whole);

    const of = await prepare(change);
    await store.dieAfter(2, () => change.act(of));
    await recoverDecisions(Date.now() + hourMs);
    await recoverRuleIntents(Date.now() + hourMs);
    if (!(await isDone(of, expected.rules))) await change.act(of);

    expect(await stateOf(of)).toMatchObject({ rules: expected.rules, pattern: expected.pattern, open: 0 });
  });
});

async function isDone(of: RuleFixture, rules: readonly string[]): Promise<boolean> {
  return (await stateOf(of)).rules.join() === rules.join();
}

describe('what is under way', () => {
  it('is left alone at a start of another process', async () => {
    const of = await buildRuleFixture();
    const entry = await AuditLog.create({
      userId: of.userId,
      mailboxId: of.mailboxId,
      action: 'rule_created',
      targetType: 'rule',
      targetId: new Types.ObjectId().toString(),
      openSince: new Date(),
    });

    expect(await recoverRuleIntents(Date.now())).toEqual({ finished: 0, dropped: 0 });
    expect(await AuditLog.exists({ _id: entry._id })).not.toBeNull();
    expect(await recoverRuleIntents(Date.now() + hourMs)).toEqual({ finished: 0, dropped: 1 });
  });
});
