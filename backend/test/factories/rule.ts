import type { HydratedDocument } from 'mongoose';
import { type IRule, Rule } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { nextNumber } from './sequence.ts';

/** Stores a rule, and its mailbox unless one is given. */
export async function buildRule(fields: Partial<IRule> = {}): Promise<HydratedDocument<IRule>> {
  const owner = await ownerOf(fields);
  return Rule.create({ ...owner, name: `Rule ${nextNumber()}`, ...fields });
}
