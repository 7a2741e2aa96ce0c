import { z } from 'zod';
import { dayMs, hourMs } from '../lib/durations.ts';
import { type IRuleTrigger, maxTriggerHours } from '../models/fields/rule-trigger.ts';

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
const onArrival: RuleTrigger = { kind: 'arrival' };

/** A rule as far as its trigger goes, stored or drafted. */
interface Triggered {
  readonly trigger?: IRuleTrigger | RuleTrigger | undefined;
  readonly conditions?: { readonly olderThanDays?: number | undefined } | undefined;
}

/** Reads a stored trigger. One in an unknown form acts on nothing rather than too early: a year after arrival. */
export function triggerOf({ trigger }: Triggered): RuleTrigger {
  if (trigger === undefined) return onArrival;
  if (trigger.kind !== 'afterHours') return { kind: trigger.kind };
  return { kind: 'afterHours', hours: trigger.hours ?? maxTriggerHours };
}

/** Tests if a rule is tried when a message arrives. */
export function actsOnArrival(rule: Triggered): boolean {
  return triggerOf(rule).kind === 'arrival' && !takesOldMail(rule);
}

/** Tests if a rule is tried when the owner has read a message. */
export function actsOnRead(rule: Triggered): boolean {
  return triggerOf(rule).kind === 'onRead' && !takesOldMail(rule);
}

/** Tests if a rule takes mail that reaches an age in its folder, opened or not. */
export function takesOldMail({ conditions }: Triggered): boolean {
  return conditions?.olderThanDays !== undefined;
}

/** Returns the milliseconds after arrival at which a rule is tried; undefined for another moment. */
export function delayMsOf(rule: Triggered): number | undefined {
  const days = rule.conditions?.olderThanDays;
  if (days !== undefined) return days * dayMs;
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
