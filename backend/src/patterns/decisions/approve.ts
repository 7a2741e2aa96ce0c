import { AppError } from '../../lib/errors.ts';
import { type Decided, decide } from './decide.ts';
import { folderNamesOf, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { type RuleDraft, ruleDraft } from '../../rules/rule-draft.ts';
import { nameRule } from '../../rules/rule-name.ts';
import type { PatternKey, StoredPattern } from '../stored-pattern.ts';

/**
 * The owner says yes: the pattern's rule, made now if there was none, does from now on what was found. Approving an
 * approved pattern changes nothing.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition
 */
export function approvePattern(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'approved',
    action: 'pattern_approved',
    facts: { why: 'Approved as it was found' },
    isDone: ({ status }) => status === 'approved',
    draft: async (pattern) => {
      const found = whatWasFound(pattern);
      const folders = folderNamesOf(await readOwnedMailbox(pattern));
      return { ...found, name: nameRule(found, (folderId) => folders.get(folderId)) };
    },
  });
}

/** What a rule of this pattern says if its owner changes nothing. */
export function whatWasFound({ condition, suggestedAction }: StoredPattern): Omit<RuleDraft, 'name'> {
  const { success, data } = ruleDraft
    .omit({ name: true })
    .safeParse({ conditions: condition, action: suggestedAction });
  if (success) return data;
  throw new AppError(409, 'incomplete_pattern', 'This pattern does not say what to do with which mail');
}
