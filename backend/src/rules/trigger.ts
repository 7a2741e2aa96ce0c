import { z } from 'zod';
import { hourMs } from '../lib/durations.ts';
import { type IRuleTrigger, maxTriggerHours } from '../models/fields/rule-trigger.ts';
import type { IRule } from '../models/index.ts';

// Words: docs/GLOSSARY.md, "trigger". Each moment is an occasion of its own: at most one rule is tried successfully at
// each, and never twice. See .planning/decisions/029-triggers.md.

/** The moment at which a rule is tried on a message. */
export const ruleTrigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('arrival') }),
  z.strictObject({ kind: z.literal('onRead') }),
  z.strictObject({ kind: z.literal('afterHours'), hours: z.int().min(1).max(maxTriggerHours) }),
]);

export type RuleTrigger = z.output<typeof ruleTrigger>;

/** The trigger of a rule without one. */
export const onArrival: RuleTrigger = { kind: 'arrival' };

type Triggered = Pick<IRule, 'trigger'>;

/** Reads a stored trigger. One in an unknown form acts on nothing rather than too early: a year after arrival. */
export function triggerOf({ trigger }: { readonly trigger?: IRuleTrigger | RuleTrigger | undefined }): RuleTrigger {
  if (trigger === undefined || trigger === null) return onArrival;
  if (trigger.kind !== 'afterHours') return { kind: trigger.kind };
  return { kind: 'afterHours', hours: trigger.hours ?? maxTriggerHours };
}

/** Tests if a rule is tried when a message arrives. */
export function actsOnArrival(rule: Triggered): boolean {
  return triggerOf(rule).kind === 'arrival';
}

/** Tests if a rule is tried when the owner has read a message. */
export function actsOnRead(rule: Triggered): boolean {
  return triggerOf(rule).kind === 'onRead';
}

/** Returns the milliseconds after arrival at which a rule is tried; undefined for another trigger. */
export function delayMsOf(rule: Triggered): number | undefined {
  const trigger = triggerOf(rule);
  return trigger.kind === 'afterHours' ? trigger.hours * hourMs : undefined;
}

/** Describes a trigger as the end of a sentence, such as " after I have read it"; '' for the arrival. */
export function describeTrigger(trigger: RuleTrigger): string {
  switch (trigger.kind) {
    case 'arrival':
      return '';
    case 'onRead':
      return ' after it is read';
    case 'afterHours':
      return ` ${trigger.hours} ${trigger.hours === 1 ? 'hour' : 'hours'} after arrival, unless it is opened`;
    default:
      return trigger satisfies never;
  }
}
