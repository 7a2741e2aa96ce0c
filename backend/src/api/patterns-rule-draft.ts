import { z } from 'zod';
import { ruleDraft } from '../patterns/decisions/rule-draft.ts';
import { domain, email } from './schemas.ts';

const words = z.string().trim().min(1).max(500);
const folderId = z.string().min(1).max(1_000);

/** Which mail a rule is about: all that is given must hold, and something must be given. */
export const ruleConditions = z
  .strictObject({
    senderEmail: email.optional(),
    senderDomain: domain.optional().describe('Exactly this domain, not those below it'),
    subjectContains: words.optional(),
    subjectPattern: words.optional().describe('The whole subject, normalized'),
    fromFolder: folderId.optional().describe('The id of the folder where it arrived'),
    isNewsletter: z.boolean().optional(),
  })
  .refine(
    ({ isNewsletter, ...others }) => isNewsletter === true || Object.keys(others).length > 0,
    'must name a sender, a subject, a folder, or newsletters: a rule for all other mail is no rule',
  )
  .pipe(ruleDraft.shape.conditions);

/** What a rule does; a folder belongs to move, a category to categorize. */
export const ruleAction = z.discriminatedUnion('actionType', [
  z.strictObject({ actionType: z.literal('move'), toFolder: folderId.describe('The id of the folder') }),
  z.strictObject({ actionType: z.literal('categorize'), category: z.string().trim().min(1).max(255) }),
  z.strictObject({ actionType: z.enum(['delete', 'archive', 'markRead', 'flag']) }),
]);
