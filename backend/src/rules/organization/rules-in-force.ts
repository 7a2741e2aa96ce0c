import type { Types } from 'mongoose';
import { Mailbox, Rule } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { actsIn, keepsStaged } from './acceptance.ts';
import type { StoredRule } from '../stored-rule.ts';

type Id = Types.ObjectId | string;

/** Tests if a rule is enabled, has this version, and may act in a mailbox: its owner may have declined it. */
export async function isInForce(
  { ruleId, version }: { readonly ruleId: Id; readonly version: number },
  mailboxId: Types.ObjectId,
): Promise<boolean> {
  const rule = await Rule.findOne({ _id: ruleId, isEnabled: true, version }, 'scope actions definitionVersion').lean();
  if (rule === null) return false;
  return rule.scope !== 'org' || actsIn(rule, await readAnswers(mailboxId));
}

/** Tests if mail that a rule has staged in a mailbox may leave it: the rule is on, and its owner has not declined it. */
export async function mayKeepStaged(ruleId: Types.ObjectId, mailboxId: Types.ObjectId): Promise<boolean> {
  return (await findStagingRules([ruleId], mailboxId)).has(ruleId.toHexString());
}

/** Returns the ids of those of these rules whose staged mail may leave the mailbox. */
export async function findStagingRules(
  ruleIds: readonly Types.ObjectId[],
  mailboxId: Types.ObjectId,
): Promise<ReadonlySet<string>> {
  const on = await Rule.find({ _id: isIn(ruleIds), isEnabled: true }, 'scope').lean<
    Pick<StoredRule, '_id' | 'scope'>[]
  >();
  const answers = on.some(({ scope }) => scope === 'org') ? await readAnswers(mailboxId) : {};
  return new Set(on.filter((rule) => keepsStaged(rule, answers)).map(({ _id }) => _id.toHexString()));
}

async function readAnswers(mailboxId: Types.ObjectId) {
  return (await Mailbox.findById(mailboxId, 'ruleAnswers').lean()) ?? {};
}
