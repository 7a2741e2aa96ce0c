import { z } from 'zod';
import type { ActionType } from '../../models/fields/action-types.ts';
import { foldPrefix } from '../../lib/subject-prefix.ts';
import { ruleDraft } from '../../rules/rule-draft.ts';
import { ruleTrigger } from '../../rules/trigger.ts';
import { folderKinds } from '../../models/Mailbox.ts';
import { folderName, senderAddress, senderDomain } from '../schemas.ts';

const words = z.string().trim().min(1).max(500);
const category = z.string().trim().min(1).max(255);
const maxActions = 10;

/** With or without its angle brackets. */
const listIdentifier = z
  .string()
  .trim()
  .toLowerCase()
  .transform((text) => text.replace(/^<(.*)>$/u, '$1').trim())
  .pipe(
    z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\s<>]+$/u, 'must be the identifier between the angle brackets of List-Id'),
  );

const conditionsEverywhere = z.strictObject({
  senderEmail: senderAddress.optional(),
  senderDomain: senderDomain.optional().describe('Exactly this domain, without subdomains'),
  subjectContains: words.optional(),
  subjectPattern: words.optional().describe('The whole normalized subject'),
  subjectPrefix: words
    .refine((text) => foldPrefix(text) !== '', 'must have something besides reply and forward prefixes')
    .optional()
    .describe('The beginning of the subject after Re:, Fwd: and the like; letter case is ignored'),
  listId: listIdentifier.optional().describe('The identifier in the List-Id header of a mailing list (RFC 2919)'),
  isNewsletter: z.boolean().optional(),
  isAutomated: z
    .boolean()
    .optional()
    .describe(
      'true: a program sent or distributed it, by its headers or an address such as noreply@; false: a person wrote it',
    ),
  olderThanDays: z
    .int()
    .min(1)
    .max(3_650)
    .optional()
    .describe(
      'Takes mail that still lies in its folder (the inbox unless fromFolder names another) when it reaches this age, read or not. Mail that is flagged or has a category stays. Needs another condition beside it, and no trigger',
    ),
});

/** A condition that matches nearly all mail is not accepted. */
const nothingNamed = 'must have at least one of: sender, list, subject, folder, newsletter, automated';
function namesSomething({
  isNewsletter,
  isAutomated,
  olderThanDays: _age,
  ...others
}: Readonly<Record<string, unknown>>): boolean {
  return isNewsletter === true || isAutomated === true || Object.values(others).some((value) => value !== undefined);
}

/** The mail that a rule matches: all given conditions must hold, and at least one must be given. */
export const ruleConditions = conditionsEverywhere
  .extend({ fromFolder: folderName.optional() })
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions);

const categorize = z.strictObject({ actionType: z.literal('categorize'), category });
const plainAction = z.strictObject({ actionType: z.enum(['delete', 'archive', 'markRead', 'flag']) });

/** One action of a rule. Only move has a folder, only categorize a category. */
export const ruleAction = z.discriminatedUnion('actionType', [
  z.strictObject({ actionType: z.literal('move'), toFolder: folderName }),
  categorize,
  plainAction,
]);

/** The actions of a rule, in order of execution. */
export const ruleActions = wholeList(ruleAction);

/** A folder in the form in which another mailbox can find it. */
const folderReference = z.strictObject({
  id: z.string().min(1).max(1_000),
  path: z.array(z.string().min(1).max(500)).max(300).describe('Names of the folder and its parents, outermost first'),
  kind: z
    .enum(folderKinds)
    .exactOptional()
    .describe('The well-known folder that the path begins with: it is found whatever its name in another language'),
});
/** A path alone will do. */
const portableFolder = z.union([folderReference, folderName]);

/** Conditions that can be taken to another mailbox. */
export const portableConditions = conditionsEverywhere
  .extend({ fromFolder: portableFolder.optional() })
  .refine(namesSomething, nothingNamed)
  .pipe(ruleDraft.shape.conditions.extend({ fromFolder: portableFolder.exactOptional() }));

/** Actions that can be taken to another mailbox. */
export const portableActions = wholeList(
  z.discriminatedUnion('actionType', [
    z.strictObject({ actionType: z.literal('move'), toFolder: portableFolder }),
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

/** The moment at which a rule is tried on a message. */
export const triggerBody = ruleTrigger
  .optional()
  .describe(
    'When the rule is tried on a message; arrival when omitted. onRead: once its owner has read it. afterHours: so many hours after its arrival, unless its owner has opened or moved it by then',
  );
