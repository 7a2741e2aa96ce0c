import { z } from 'zod';
import { actionTypes } from '../models/fields/action-types.ts';
import { ruleTrigger, type RuleTrigger } from './trigger.ts';

const text = z.string().exactOptional();

/** The definition of a rule that does not exist yet; folders are ids. */
export const ruleDraft = z.object({
  name: z.string(),
  conditions: z.object({
    senderEmail: text,
    senderDomain: text,
    subjectContains: text,
    subjectPattern: text,
    fromFolder: text,
    isNewsletter: z.boolean().exactOptional(),
    subjectPrefix: text,
    listId: text,
    isAutomated: z.boolean().exactOptional(),
    olderThanDays: z.number().exactOptional(),
  }),
  action: z.object({ actionType: z.enum(actionTypes), toFolder: text, category: text }),
  /** On arrival if it is left out. */
  trigger: ruleTrigger.exactOptional(),
  /** How long mail that it deletes waits at least; as the service is set up if it is left out. */
  stagingHours: z.int().exactOptional(),
});

export type RuleDraft = z.output<typeof ruleDraft>;
export type RuleConditions = RuleDraft['conditions'];
export type RuleAction = RuleDraft['action'];

/** The owner's changes to a pattern that they approve; a field left out is taken from the pattern. */
export interface Customization {
  readonly name?: string | undefined;
  readonly conditions?: RuleConditions | undefined;
  readonly action?: RuleAction | undefined;
  readonly trigger?: RuleTrigger | undefined;
}
