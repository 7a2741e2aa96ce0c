import { AppError } from '../../lib/errors.ts';
import { Rule } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { StoredRule } from '../stored-rule.ts';
import { liftSuspension } from '../places/suspensions.ts';
import { ruleIntent, ruleSnapshotOf } from './rule-intent.ts';
import { findChangeableRule, type RuleKey } from '../stored-rules.ts';
import type { FolderName } from '../rule-name.ts';
import { defaultName, isSameEffect, type RuleWords, storedWords, wordsOf } from '../rule-definition.ts';

/** A field left out keeps its value. */
export type RuleWordsChange = { readonly [K in keyof RuleWords]?: RuleWords[K] | undefined };

const maxAttempts = 10;

/**
 * Changes the definition of a rule; other conditions or actions of a rule of the organization need a new acceptance. A name that is derived from the definition follows it. Idempotent. Mail already
 * staged is unaffected.
 * @throws NotFoundError; AppError 403 admins_only, 503 busy
 */
export async function changeRule(key: RuleKey, change: RuleWordsChange, folderName: FolderName): Promise<StoredRule> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const rule = await findChangeableRule(key);
    const before = wordsOf(rule);
    const after = changedWords(before, change, folderName);
    const isSame = before.name === after.name && before.reason === after.reason;
    if (isSame && isSameEffect(before, after)) return rule;
    const changed = await write(rule, after, key.userId);
    if (changed === undefined) continue;
    await liftSuspension(changed);
    return changed;
  }
  throw busy();
}

/** The error for a rule that others keep changing. */
export function busy(): AppError {
  return new AppError(503, 'busy', 'This rule is being changed concurrently: try again');
}

function changedWords(before: RuleWords, change: RuleWordsChange, folderName: FolderName): RuleWords {
  const { conditions = before.conditions, actions = before.actions } = change;
  const effect = { conditions, actions, trigger: change.trigger ?? before.trigger };
  const isNamed = before.name !== defaultName(before, folderName);
  const name = change.name ?? (isNamed ? before.name : defaultName(effect, folderName));
  const reason = change.reason ?? before.reason;
  return { name, ...effect, ...(reason === undefined ? {} : { reason }) };
}

/** @returns undefined if another change was first */
function write(rule: StoredRule, words: RuleWords, by: string): Promise<StoredRule | undefined> {
  const { _id, version, isEnabled, scope } = rule;
  const after = { ...words, isEnabled, version: version + 1 };
  const why = 'Changed by hand';
  const intent = ruleIntent(rule, { action: 'rule_updated', by, before: ruleSnapshotOf(rule), after, why });
  return withIntent(intent, async () => {
    const isRedefined = scope === 'org' && !isSameEffect(wordsOf(rule), words);
    const $set = { ...storedWords(words), ...(isRedefined ? { definitionVersion: version + 1 } : {}) };
    const update = { $set, $inc: { version: 1 } };
    const changed = await Rule.findOneAndUpdate({ _id, version }, update, {
      returnDocument: 'after',
    }).lean<StoredRule>();
    return changed ?? undefined;
  });
}
