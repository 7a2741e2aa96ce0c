import { AppError } from '../../lib/errors.ts';
import { type Decided, decide } from './decide.ts';
import { folderNamesOf, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { knownPlaces, type RulePlaces } from '../../rules/places/rule-places.ts';
import { type RuleDraft, ruleDraft } from '../../rules/rule-draft.ts';
import { requireWriteAccess } from '../../rules/write-access.ts';
import { nameRule } from '../../rules/rule-name.ts';
import type { PatternKey, StoredPattern } from '../stored-pattern.ts';

/**
 * Approves a pattern: creates and enables its one rule, which does from now on what was found. Idempotent.
 * @param places checks the folder of the rule
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition, folder_unusable,
 * write_access_needed
 */
export function approvePattern(key: PatternKey, places: RulePlaces = knownPlaces): Promise<Decided> {
  return decide(key, {
    to: 'approved',
    action: 'pattern_approved',
    facts: { why: 'Approved as it was found' },
    isDone: ({ status }) => status === 'approved',
    draft: async (pattern) => {
      const found = whatWasFound(pattern);
      const mailbox = await readOwnedMailbox(pattern);
      await requireWriteAccess(pattern.mailboxId);
      await places.require([found.action], mailbox);
      const folders = folderNamesOf(mailbox);
      return { ...found, name: nameRule(found, (folderId) => folders.get(folderId)) };
    },
  });
}

/** Mail that is deleted by a suggestion that is likely only waits for a week, until the rule has proven itself. */
const likelyStagingHours = 7 * 24;

/** Returns the rule that a pattern suggests, without a name. @throws AppError 409 incomplete_pattern */
export function whatWasFound({ condition, suggestedAction, trigger, tier }: StoredPattern): Omit<RuleDraft, 'name'> {
  const { success, data } = ruleDraft.omit({ name: true }).safeParse({
    conditions: condition,
    action: suggestedAction,
    ...(trigger === undefined ? {} : { trigger: { kind: trigger } }),
    ...(tier === 'likely' && suggestedAction?.actionType === 'delete' ? { stagingHours: likelyStagingHours } : {}),
  });
  if (success) return data;
  throw new AppError(409, 'incomplete_pattern', 'This pattern has no complete condition and action');
}
