import type { StoredRule } from './stored-rule.ts';
import type { NewEntry } from './entries.ts';
import { type RuleWords, wordsOf } from './rule-definition.ts';

/** What the audit log keeps of a rule, before a change and after it. */
export interface RuleSnapshot extends RuleWords {
  readonly isEnabled: boolean;
  readonly version: number;
}

export function snapshotOf(rule: StoredRule): RuleSnapshot {
  return { ...wordsOf(rule), isEnabled: rule.isEnabled, version: rule.version };
}

interface RuleChange {
  readonly action: NewEntry['action'];
  /** The user, or the admin, who does it. */
  readonly by: string;
  readonly before: RuleSnapshot | null;
  readonly after: RuleSnapshot | null;
  readonly why: string;
}

/** The entry of the audit log that tells of a change of one rule. */
export function ruleEntry(
  { _id, scope, mailboxId }: Pick<StoredRule, '_id' | 'scope' | 'mailboxId'>,
  { action, by, ...details }: RuleChange,
): NewEntry {
  return {
    userId: by,
    mailboxId,
    action,
    targetType: 'rule',
    targetId: _id.toString(),
    details: { by: scope === 'org' ? 'admin' : 'owner', scope, ...details },
  };
}
