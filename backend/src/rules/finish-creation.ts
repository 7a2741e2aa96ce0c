import { Types } from 'mongoose';
import { AuditLog, type IAuditLog, Rule } from '../models/index.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { nextPriority } from './rule-priority.ts';
import { storedWords } from './rule-definition.ts';
import { ruleSnapshot } from './update-outcome.ts';

type OpenEntry = IAuditLog & { readonly _id: Types.ObjectId };

/**
 * Finishes the making of a rule. Those of one import belong together: once one of them is there, all entries were
 * written, and what is missing is made from its entry.
 * @returns whether the rule is there
 */
export async function finishCreation({ targetId, details, userId, mailboxId }: OpenEntry): Promise<boolean> {
  if ((await Rule.exists({ _id: targetId })) !== null) return true;
  const importId = details?.['importId'];
  const after = ruleSnapshot.safeParse(details?.['after']);
  if (!after.success || mailboxId === undefined || typeof importId !== 'string') return false;
  if (!(await isBegun(importId, { userId, mailboxId }))) return false;
  const { isEnabled, ...words } = after.data;
  const list = { scope: 'user', userId, mailboxId } as const;
  try {
    const priority = await nextPriority(list);
    await Rule.create({
      _id: new Types.ObjectId(targetId),
      ...list,
      ...storedWords(words),
      isEnabled,
      version: words.version,
      priority,
      createdBy: userId,
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  return true;
}

async function isBegun(
  importId: string,
  owner: { readonly userId: Types.ObjectId; readonly mailboxId: Types.ObjectId },
): Promise<boolean> {
  const entries = await AuditLog.find(
    { ...owner, action: 'rule_created', 'details.importId': importId },
    'targetId',
  ).lean();
  for (const { targetId } of entries) {
    if ((await Rule.exists({ _id: targetId })) !== null) return true;
  }
  return false;
}
