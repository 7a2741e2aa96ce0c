import { z } from 'zod';
import type { ActionType } from '../../models/fields/action-types.ts';
import { ruleDraft } from '../../rules/rule-draft.ts';
import { domain, email } from '../schemas.ts';

const words = z.string().trim().min(1).max(500);
const folderId = z.string().min(1).max(1_000);
const category = z.string().trim().min(1).max(255);
const maxActions = 10;

const conditionsEverywhere = z.strictObject({
  senderEmail: email.optional(),
  senderDomain: domain.optional().describe('Exactly this domain, without subdomains'),
  subjectContains: words.optional(),
  subjectPattern: words.optional().describe('The whole normalized subject'),
  isNewsletter: z.boolean().optional(),
});

/** A condition that matches nearly all mail is not accepted. */
const nothingNamed = 'must have at least one of: sender, subject, folder, newsletter';
function namesSomething({ isNewsletter, ...others }: Readonly<Record<string, unknown>>): boolean {
  return isNewsletter === true || Object.values(others).some((value) => value !== undefined);
}

/** The mail that a rule matches: all given conditions must hold, and at least one must be given. */
export const ruleConditions = conditionsEverywhere
  .extend({ fromFolder: folderId.optional().describe('Id of the folder in which the mail arrived') })
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions);

/** The conditions of a rule of the organization. They name no folder: mailboxes share none. */
export const organizationConditions = conditionsEverywhere
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions);

const categorize = z.strictObject({ actionType: z.literal('categorize'), category });
const plainAction = z.strictObject({ actionType: z.enum(['delete', 'archive', 'markRead', 'flag']) });

/** One action of a rule. Only move has a folder, only categorize a category. */
export const ruleAction = z.discriminatedUnion('actionType', [
  z.strictObject({ actionType: z.literal('move'), toFolder: folderId.describe('Folder id') }),
  categorize,
  plainAction,
]);

/** The actions of a rule, in order of execution. */
export const ruleActions = wholeList(ruleAction);

/** The actions of a rule of the organization. They move nothing: mailboxes share no folders. */
export const organizationActions = wholeList(z.discriminatedUnion('actionType', [categorize, plainAction]));

/** A folder in the form in which another mailbox can find it. */
const folderReference = z.strictObject({
  id: folderId,
  path: z.array(z.string().min(1).max(500)).max(50).describe('Names of the folder and its parents, outermost first'),
});

/** Conditions that can be taken to another mailbox. */
export const portableConditions = conditionsEverywhere
  .extend({ fromFolder: folderReference.optional() })
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions.extend({ fromFolder: folderReference.exactOptional() }));

/** Actions that can be taken to another mailbox. */
export const portableActions = wholeList(
  z.discriminatedUnion('actionType', [
    z.strictObject({ actionType: z.literal('move'), toFolder: folderReference }),
    categorize,
    plainAction,
  ]),
);

const placements: ReadonlySet<ActionType> = new Set<ActionType>(['move', 'delete', 'archive']);

/** A message can be moved and marked once; it can have several categories. */
function wholeList<A extends z.ZodType<{ readonly actionType: ActionType }>>(action: A) {
  return z
    .array(action)
    .min(1)
    .max(maxActions)
    .superRefine((actions, context) => {
      const types = actions.map(({ actionType }) => actionType);
      const placing = types.filter((type) => placements.has(type));
      if (placing.length > 1) {
        context.addIssue({
          code: 'custom',
          message: `only one of ${placing.join(', ')} is possible: a message is in one folder`,
        });
      }
      for (const type of ['markRead', 'flag'] as const) {
        if (types.filter((one) => one === type).length < 2) continue;
        context.addIssue({ code: 'custom', message: `${type} is given more than once` });
      }
    })
    .describe('In order of execution');
}
