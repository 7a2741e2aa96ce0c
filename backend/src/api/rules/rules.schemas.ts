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
  senderDomain: domain.optional().describe('Exactly this domain, not those below it'),
  subjectContains: words.optional(),
  subjectPattern: words.optional().describe('The whole subject, normalized'),
  isNewsletter: z.boolean().optional(),
});

/** A condition that holds for nearly all mail is none. */
const nothingNamed = 'must name a sender, a subject, a folder, or newsletters: a rule for all other mail is no rule';
function namesSomething({ isNewsletter, ...others }: Readonly<Record<string, unknown>>): boolean {
  return isNewsletter === true || Object.values(others).some((value) => value !== undefined);
}

/** Which mail a rule is about: all that is given must hold, and something must be given. */
export const ruleConditions = conditionsEverywhere
  .extend({ fromFolder: folderId.optional().describe('The id of the folder where it arrived') })
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions);

/** The same for a rule of the organization: mailboxes have no folders in common. */
export const organizationConditions = conditionsEverywhere
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions);

const categorize = z.strictObject({ actionType: z.literal('categorize'), category });
const plainAction = z.strictObject({ actionType: z.enum(['delete', 'archive', 'markRead', 'flag']) });

/** What a rule does; a folder belongs to move, a category to categorize. */
export const ruleAction = z.discriminatedUnion('actionType', [
  z.strictObject({ actionType: z.literal('move'), toFolder: folderId.describe('The id of the folder') }),
  categorize,
  plainAction,
]);

/** All that a rule does, in its order. */
export const ruleActions = wholeList(ruleAction);

/** What a rule of the organization does: it moves nothing, as mailboxes have no folders in common. */
export const organizationActions = wholeList(z.discriminatedUnion('actionType', [categorize, plainAction]));

/** A folder as another mailbox can find it. */
const folderReference = z.strictObject({
  id: folderId,
  path: z
    .array(z.string().min(1).max(500))
    .max(50)
    .describe('What it and those above it are called, the outermost first'),
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

/** A message can be put in one place, and marked once; it can have several categories. */
function wholeList<A extends z.ZodType<{ readonly actionType: ActionType }>>(action: A) {
  return z
    .array(action)
    .min(1)
    .max(maxActions)
    .superRefine((actions, context) => {
      const types = actions.map(({ actionType }) => actionType);
      const placing = types.filter((type) => placements.has(type));
      if (placing.length > 1) {
        context.addIssue({ code: 'custom', message: `a message has one place: only one of ${placing.join(', ')}` });
      }
      for (const type of ['markRead', 'flag'] as const) {
        if (types.filter((one) => one === type).length < 2) continue;
        context.addIssue({ code: 'custom', message: `${type} is there more than once` });
      }
    })
    .describe('In their order');
}
