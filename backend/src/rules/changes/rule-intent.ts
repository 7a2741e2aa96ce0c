import { z } from 'zod';
import type { NewIntent } from '../../models/store/intent-log.ts';
import { ruleDraft } from '../rule-draft.ts';
import { type RuleWords, wordsOf } from '../rule-definition.ts';
import type { StoredRule } from '../stored-rule.ts';

/** The state of a rule as the audit log keeps it, before and after a change. */
export interface RuleSnapshot extends RuleWords {
  readonly isEnabled: boolean;
  readonly version: number;
}

const { name, conditions, action, trigger } = ruleDraft.shape;
/** Reads a snapshot from the details of an audit log row. */
export const ruleSnapshot = z.object({
  name,
  conditions,
  actions: z.array(action),
  trigger,
  reason: z.string().exactOptional(),
  isEnabled: z.boolean(),
  version: z.number(),
});

export function ruleSnapshotOf(rule: StoredRule): RuleSnapshot {
  return { ...wordsOf(rule), isEnabled: rule.isEnabled, version: rule.version };
}

interface RuleChange {
  readonly action: NewIntent['action'];
  /** Id of the user, or of the admin, who makes the change. */
  readonly by: string;
  /** Null for a rule that is created. */
  readonly before: RuleSnapshot | null;
  /** Null for a rule that is deleted. */
  readonly after: RuleSnapshot | null;
  readonly why: string;
}

/** Returns the intent to change one rule. */
export function ruleIntent(
  { _id, scope, mailboxId }: Pick<StoredRule, '_id' | 'scope' | 'mailboxId'>,
  { action: kind, by, ...details }: RuleChange,
): NewIntent {
  return {
    userId: by,
    mailboxId,
    action: kind,
    targetType: 'rule',
    targetId: _id.toString(),
    details: { by: scope === 'org' ? 'admin' : 'owner', scope, ...details },
  };
}
