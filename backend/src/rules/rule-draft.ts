import { z } from 'zod';
import { actionTypes } from '../models/fields/action-types.ts';

const text = z.string().exactOptional();

/** What a rule says, before it is one; folders are ids. */
export const ruleDraft = z.object({
  name: z.string(),
  conditions: z.object({
    senderEmail: text,
    senderDomain: text,
    subjectContains: text,
    subjectPattern: text,
    fromFolder: text,
    isNewsletter: z.boolean().exactOptional(),
  }),
  action: z.object({ actionType: z.enum(actionTypes), toFolder: text, category: text }),
});

export type RuleDraft = z.output<typeof ruleDraft>;
export type RuleConditions = RuleDraft['conditions'];
export type RuleAction = RuleDraft['action'];

/** What the owner wants otherwise than it was found; what is left out is taken as it was found. */
export interface Customization {
  readonly name?: string | undefined;
  readonly conditions?: RuleConditions | undefined;
  readonly action?: RuleAction | undefined;
}
