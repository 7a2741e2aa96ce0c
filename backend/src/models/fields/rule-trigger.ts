import { Schema } from 'mongoose';
import { groupOptions, type Paths } from './paths.ts';

/** `onRead`: when its owner has read the message; `afterHours`: some hours after its arrival. */
export const triggerKinds = ['arrival', 'onRead', 'afterHours'] as const;
/** The longest time after arrival: a year. */
export const maxTriggerHours = 8_760;

/** The moment at which a rule is tried on a message. */
export interface IRuleTrigger {
  kind: (typeof triggerKinds)[number];
  /** Hours after arrival; of `afterHours` only. */
  hours?: number;
}

export const ruleTriggerSchema = new Schema<IRuleTrigger>(
  {
    kind: { type: String, enum: triggerKinds, required: true },
    hours: { type: Number, min: 1, max: maxTriggerHours },
  } satisfies Paths<IRuleTrigger>,
  groupOptions,
);

/** How far the moments of a timed rule have been handled in a mailbox. */
export interface ITimedRule {
  ruleId: string;
  /** The version of the rule: a changed rule starts anew. */
  version: number;
  /** Moments up to this time are handled, in Graph's time. */
  until: Date;
}

export const timedRuleSchema = new Schema<ITimedRule>(
  {
    ruleId: { type: String, required: true },
    version: { type: Number, required: true },
    until: { type: Date, required: true },
  } satisfies Paths<ITimedRule>,
  groupOptions,
);
