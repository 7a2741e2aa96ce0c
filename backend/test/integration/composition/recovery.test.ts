import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Pattern, Rule, StagedEmail } from '../../../src/models/index.ts';
import { openIntent, underWayMs } from '../../../src/models/store/intent-log.ts';
import { openDecision } from '../../../src/patterns/decisions/decision-log.ts';
import { ruleIntent, ruleSnapshotOf } from '../../../src/rules/changes/rule-intent.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { type ConnectedService, startConnectedService } from '../../harness/connected-service.ts';
import { untilPasses } from '../../harness/until-passes.ts';
import { ownerWithFolders, patternRow, suggest } from '../patterns/decisions/decision-fixture.ts';

let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService();
});
afterAll(async () => {
  await it365[Symbol.asyncDispose]();
});

/** Disconnected, so that no other job of the service touches it. */
const buildOwner = () => ownerWithFolders({ isConnected: false });

/** An approval after its change of the pattern, before its rule. @returns the pattern's id */
async function interruptApproval(): Promise<string> {
  const key = await suggest(await buildOwner());
  const action = { actionType: 'move', toFolder: 'reading-id' } as const;
  const rule = { name: 'News', conditions: { senderEmail: 'news@example.com' }, action };
  const intent = { action: 'pattern_approved', to: 'approved', facts: { why: 'Approved', rule } } as const;
  const approvedAt = await openDecision(await patternRow(key), intent, Date.now());
  await Pattern.updateOne({ _id: key.patternId }, { $set: { status: 'approved', approvedAt } });
  return key.patternId;
}

/** A rule that is off, of which staged mail is not marked yet. @returns the rule's id */
async function interruptSwitchingOff(): Promise<Types.ObjectId> {
  const owner = await buildOwner();
  const rule = (
    await buildRule({ ...owner, conditions: { subjectContains: 'sale' }, isEnabled: true, version: 1 })
  ).toObject();
  await buildStagedEmail({ ...owner, ruleId: rule._id });
  const before = ruleSnapshotOf(rule);
  const after = { ...before, isEnabled: false, version: 2 };
  const by = owner.userId.toString();
  const intent = ruleIntent(rule, { action: 'rule_updated', by, before, after, why: 'Switched off by hand' });
  await openIntent({ ...intent, _id: new Types.ObjectId() }, new Date());
  await Rule.updateOne({ _id: rule._id }, { $set: { isEnabled: false, version: 2 } });
  return rule._id;
}

/** A creation that never took effect, and is too old to be under way. @returns the id of its intent */
async function abandonCreation(): Promise<Types.ObjectId> {
  const owner = await buildOwner();
  const target = { targetType: 'rule', targetId: new Types.ObjectId().toString() } as const;
  const intent = { _id: new Types.ObjectId(), ...owner, action: 'rule_created', ...target, details: {} } as const;
  await openIntent(intent, new Date(Date.now() - underWayMs - 1));
  return intent._id;
}

describe('the half-hour job', () => {
  it('recovers decisions and changes of rules that a crash left open, without a restart', async () => {
    const patternId = await interruptApproval();
    const ruleId = await interruptSwitchingOff();
    const abandoned = await abandonCreation();

    await it365.service.queue('staging-processor').add('process-staging', {});

    await untilPasses(async () => {
      expect(await Rule.find({ sourcePatternId: patternId }).lean()).toMatchObject([{ isEnabled: true }]);
      expect(await StagedEmail.find({ ruleId }).lean()).toMatchObject([{ status: 'rescuing' }]);
      expect(await AuditLog.exists({ _id: abandoned })).toBeNull();
      const rows = await AuditLog.find({ targetId: mongoose.trusted({ $in: [patternId, ruleId.toString()] }) }).lean();
      expect(rows.map((row) => 'openSince' in row)).toEqual([false, false]);
    });
  });
});
