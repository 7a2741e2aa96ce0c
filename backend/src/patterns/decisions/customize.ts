import { isDeepStrictEqual } from 'node:util';
import { whatWasFound } from './approve.ts';
import { type Decided, decide } from './decide.ts';
import { readDecision } from './decision-log.ts';
import { knownPlaces, type RulePlaces } from '../../rules/places/rule-places.ts';
import type { Customization, RuleDraft } from '../../rules/rule-draft.ts';
import { nameRule } from '../../rules/rule-name.ts';
import { requireWriteAccess } from '../../rules/write-access.ts';
import { folderNamesOf, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import type { PatternKey, StoredPattern } from '../stored-pattern.ts';

/**
 * Approves a pattern with changes: the rule has the owner's values, the pattern keeps what was found. Idempotent.
 * @param places checks the folders of the rule
 * @throws NotFoundError when the user has no such pattern; AppError 400 unknown_folder, ambiguous_folder; 409
 * illegal_transition, folder_unusable, write_access_needed
 */
export function customizePattern(
  key: PatternKey,
  customization: Customization,
  places: RulePlaces = knownPlaces,
): Promise<Decided> {
  const changed = Object.entries(customization).flatMap(([part, value]) => (value === undefined ? [] : [part]));
  const draft = (pattern: StoredPattern): Promise<RuleDraft> => draftOf(pattern, customization, places);
  return decide(key, {
    to: 'approved',
    action: 'pattern_customized',
    facts: { why: `Approved with another ${changed.join(', ')} than was found`, customized: changed },
    isDone: async (pattern) =>
      pattern.status === 'approved' &&
      isDeepStrictEqual((await readDecision(pattern, 'approved'))?.rule, await draft(pattern)),
    draft,
  });
}

async function draftOf(
  pattern: StoredPattern,
  { name, conditions: givenConditions, action: givenAction, trigger: givenTrigger }: Customization,
  places: RulePlaces,
): Promise<RuleDraft> {
  const found = whatWasFound(pattern);
  await requireWriteAccess(pattern.mailboxId);
  const mailbox = await readOwnedMailbox(pattern);
  const given = { conditions: givenConditions, actions: givenAction === undefined ? undefined : [givenAction] };
  const { conditions = found.conditions, actions: [action = found.action] = [] } = await places.resolve(given, mailbox);
  if (givenAction === undefined) await places.require([action], mailbox);
  const folders = folderNamesOf(mailbox);
  const trigger = givenTrigger ?? found.trigger;
  const rule = { conditions, action, ...(trigger === undefined ? {} : { trigger }) };
  return { ...rule, name: name ?? nameRule(rule, (id) => folders.get(id)) };
}
