import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { requireNarrow } from '../../rules/organization/organization-bounds.ts';
import type { NewRule } from '../../rules/changes/create-rule.ts';
import { defaultName, type RuleEffect } from '../../rules/rule-definition.ts';
import type { FolderName } from '../../rules/rule-name.ts';
import type { RuleWordsChange } from '../../rules/changes/change-rule.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { parsePath } from '../../rules/places/folder-path.ts';
import type { RulePlaces } from '../../rules/places/rule-places.ts';
import { takesOldMail, triggerOf } from '../../rules/trigger.ts';
import { folderNamesOf, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { ruleActions, ruleConditions, triggerBody } from './rules.schemas.ts';
import { id } from '../schemas.ts';

/** Shown to the owners of mailboxes. */
const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .optional()
  .describe('Rules of the organization only: why it has this rule, shown to the owners of mailboxes');

export const ruleName = z.string().trim().min(1).max(200);

const common = {
  name: ruleName.optional().describe('Describes what the rule does when omitted'),
  isEnabled: z.boolean().default(true),
};

export const newRuleBody = z.discriminatedUnion('scope', [
  z.strictObject({
    scope: z.literal('user').optional(),
    mailboxId: id,
    ...common,
    conditions: ruleConditions,
    actions: ruleActions,
    trigger: triggerBody,
  }),
  z.strictObject({
    scope: z
      .literal('org')
      .describe('Applies to every mailbox; admins only. It names folders by path, which each mailbox resolves'),
    reason,
    ...common,
    conditions: ruleConditions,
    actions: ruleActions,
    trigger: triggerBody,
  }),
]);

export const ruleChangeBody = z
  .strictObject({
    name: ruleName.optional(),
    conditions: ruleConditions.optional().describe('Replaces all conditions'),
    actions: ruleActions.optional().describe('Replaces all actions'),
    trigger: triggerBody,
    reason,
  })
  .refine((body) => Object.values(body).some((part) => part !== undefined), 'must change something');

const nameOfPath: FolderName = (path) => parsePath(path).at(-1);

interface SayableChange {
  readonly change: RuleWordsChange;
  readonly folderName: FolderName;
}

/**
 * Turns a request into a new rule. A rule of the organization keeps the paths of its folders: each mailbox has its own.
 * @throws NotFoundError for an unknown mailbox; AppError 400 unknown_folder, ambiguous_folder, too_broad; 409 folder_unusable
 */
export async function newRuleOf(
  body: z.output<typeof newRuleBody>,
  userId: string,
  places: RulePlaces,
): Promise<NewRule> {
  const { name, isEnabled, conditions, actions, trigger } = body;
  requireOneMoment({ conditions, trigger });
  if (body.scope === 'org') {
    const said: RuleEffect = { conditions, actions, trigger };
    requireNarrow(conditions);
    const why = body.reason === undefined ? {} : { reason: body.reason };
    const words = { ...said, ...why, name: name ?? defaultName(said, nameOfPath) };
    return { list: { scope: 'org' }, words, isEnabled, by: userId };
  }
  const { mailboxId } = body;
  const mailbox = await readOwnedMailbox({ userId, mailboxId });
  const said: RuleEffect = { ...(await places.resolve({ conditions, actions }, mailbox)), trigger };
  const folders = folderNamesOf(mailbox);
  const words = { ...said, name: name ?? defaultName(said, (folderId) => folders.get(folderId)) };
  return { list: { scope: 'user', userId, mailboxId }, words, isEnabled, by: userId };
}

/** Checks that the age of mail and a trigger do not both say when a rule acts. @throws AppError 400 invalid_request */
function requireOneMoment(rule: Parameters<typeof takesOldMail>[0]): void {
  if (!takesOldMail(rule) || triggerOf(rule).kind === 'arrival') return;
  throw new AppError(
    400,
    'invalid_request',
    'trigger: a rule with olderThanDays acts when mail reaches that age, and has no other trigger',
  );
}

/**
 * Checks that a rule can be changed to this. Returns the change with the ids of folders, and a lookup of their names.
 * @throws AppError 400 for a folder that does not exist, a path that is ambiguous, too_broad; 409 folder_unusable
 */
export async function requireSayable(
  rule: StoredRule,
  change: RuleWordsChange,
  places: RulePlaces,
): Promise<SayableChange> {
  const { userId, mailboxId, scope } = rule;
  requireOneMoment({ conditions: change.conditions ?? rule.conditions, trigger: change.trigger ?? rule.trigger });
  if (scope === 'org' || mailboxId === undefined) {
    if (change.conditions !== undefined) requireNarrow(change.conditions);
    return { change, folderName: nameOfPath };
  }
  if (change.reason !== undefined) {
    throw new AppError(400, 'invalid_request', 'reason: only a rule of the organization has one');
  }
  const mailbox = await readOwnedMailbox({ userId, mailboxId });
  const { conditions, actions } = await places.resolve(change, mailbox);
  const folders = folderNamesOf(mailbox);
  return { change: { ...change, conditions, actions }, folderName: (folderId) => folders.get(folderId) };
}
