import { z } from 'zod';
import type { NewRule } from '../../rules/create-rule.ts';
import { defaultName, type RuleEffect } from '../../rules/rule-definition.ts';
import type { FolderName } from '../../rules/rule-name.ts';
import type { RuleWordsChange } from '../../rules/change-rule.ts';
import { AppError } from '../../lib/errors.ts';
import type { StoredRule } from '../../rules/stored-rule.ts';
import { requireUsableFolders } from '../../rules/known-folders.ts';
import { folderNamesOf, readOwnedMailbox } from '../../rules/owned-mailbox.ts';
import { organizationActions, organizationConditions, ruleActions, ruleConditions } from './rules.schemas.ts';
import { id } from '../schemas.ts';

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
  }),
  z.strictObject({
    scope: z.literal('org').describe('Applies to every mailbox; admins only'),
    ...common,
    conditions: organizationConditions,
    actions: organizationActions,
  }),
]);

export const ruleChangeBody = z
  .strictObject({
    name: ruleName.optional(),
    conditions: ruleConditions.optional().describe('Replaces all conditions'),
    actions: ruleActions.optional().describe('Replaces all actions'),
  })
  .refine((body) => Object.values(body).some((part) => part !== undefined), 'must change something');

const organizationWords = z.object({ conditions: organizationConditions, actions: organizationActions }).partial();

const unknownFolder: FolderName = () => undefined;

/** Turns a request into a new rule. @throws NotFoundError for an unknown mailbox; AppError 400 unknown_folder */
export async function newRuleOf(body: z.output<typeof newRuleBody>, userId: string): Promise<NewRule> {
  const { name, isEnabled, conditions, actions } = body;
  const said: RuleEffect = { conditions, actions };
  if (body.scope === 'org') {
    const words = { ...said, name: name ?? defaultName(said, unknownFolder) };
    return { list: { scope: 'org' }, words, isEnabled, by: userId };
  }
  const { mailboxId } = body;
  const mailbox = await readOwnedMailbox({ userId, mailboxId });
  requireUsableFolders({ conditions, actions }, mailbox);
  const folders = folderNamesOf(mailbox);
  const words = { ...said, name: name ?? defaultName(said, (folderId) => folders.get(folderId)) };
  return { list: { scope: 'user', userId, mailboxId }, words, isEnabled, by: userId };
}

/**
 * Checks that a rule can be changed to this, and returns a lookup of its folder names.
 * @throws AppError 400 for a folder that does not exist, or that a rule of the organization cannot have
 */
export async function requireSayable(rule: StoredRule, { conditions, actions }: RuleWordsChange): Promise<FolderName> {
  const { userId, mailboxId, scope } = rule;
  if (scope === 'org' || mailboxId === undefined) {
    const { success, error } = organizationWords.safeParse({ conditions, actions });
    if (success) return unknownFolder;
    throw new AppError(400, 'invalid_request', `The body is not valid: ${z.prettifyError(error)}`);
  }
  const mailbox = await readOwnedMailbox({ userId, mailboxId });
  requireUsableFolders({ conditions, actions }, mailbox);
  const folders = folderNamesOf(mailbox);
  return (folderId) => folders.get(folderId);
}
