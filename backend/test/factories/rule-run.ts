import type { HydratedDocument } from 'mongoose';
import { hourMs } from '../../src/lib/durations.ts';
import { type IRuleRun, RuleRun } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { buildRule } from './rule.ts';

/** Stores a preview of a rule on no mail, and its rule unless one is given. */
export async function buildRuleRun(fields: Partial<IRuleRun> = {}): Promise<HydratedDocument<IRuleRun>> {
  const owner = await ownerOf(fields);
  const ruleId = fields.ruleId ?? (await buildRule(owner))._id;
  const previewEndsAt = new Date(Date.now() + hourMs);
  return RuleRun.create({ ...owner, ruleId, ruleVersion: 1, previewEndsAt, ...fields });
}
