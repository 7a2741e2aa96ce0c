import { type HydratedDocument, Types } from 'mongoose';
import { dayMs } from '../../src/lib/durations.ts';
import { type IStagedEmail, StagedEmail } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { buildRule } from './rule.ts';
import { nextNumber } from './sequence.ts';

/** Stores a message staged now for a day, and its mailbox and rule unless they are given. */
export async function buildStagedEmail(fields: Partial<IStagedEmail> = {}): Promise<HydratedDocument<IStagedEmail>> {
  const owner = await ownerOf(fields);
  const ruleId = fields.ruleId ?? (await buildRule(owner))._id;
  const stagedAt = new Date();
  return StagedEmail.create({
    ...owner,
    ruleId,
    messageId: `message-${nextNumber()}`,
    originalFolder: 'inbox',
    auditId: new Types.ObjectId(),
    stagedAt,
    expiresAt: new Date(stagedAt.getTime() + dayMs),
    ...fields,
  });
}
