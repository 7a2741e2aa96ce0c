import type { IPattern, IRule } from '../../models/index.ts';
import { triggerOf } from '../../rules/trigger.ts';

/**
 * Explains in sentences why a rule acts on a message: the conditions that matched, and the rule's origin.
 * @param pattern the pattern that the rule was created from; undefined for a rule written by hand
 */
export function explainRuleMatch(
  rule: Pick<IRule, 'name' | 'conditions'> & Partial<Pick<IRule, 'scope' | 'trigger'>>,
  pattern?: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>,
): string {
  const { name, scope, conditions = {} } = rule;
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const { subjectPrefix, listId, isAutomated, olderThanDays } = conditions;
  const met = [
    ...(senderEmail === undefined ? [] : [`it was sent by ${senderEmail}`]),
    ...(senderDomain === undefined ? [] : [`it was sent from ${senderDomain}`]),
    ...(subjectContains === undefined ? [] : [`its subject contains “${subjectContains}”`]),
    ...(subjectPattern === undefined ? [] : [`its subject is “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : ['it arrived in the folder that the rule names']),
    ...(isNewsletter === undefined ? [] : [`it is ${isNewsletter ? '' : 'not '}a newsletter`]),
    ...(subjectPrefix === undefined ? [] : [`its subject begins with “${subjectPrefix}”`]),
    ...(listId === undefined ? [] : [`it came over the list ${listId}`]),
    ...(isAutomated === undefined ? [] : [isAutomated ? 'a program sent it' : 'a person sent it']),
    ...(olderThanDays === undefined
      ? []
      : [`it has lain there until ${olderThanDays === 1 ? 'a day' : `${olderThanDays} days`} after its arrival`]),
    ...reasonOfTrigger(rule),
  ];
  const reason = `${scope === 'org' ? "Your organization's rule" : 'The rule'} “${name}” matches the message: ${met.join(', and ')}.`;
  return pattern === undefined ? reason : `${reason} ${describePattern(pattern)}`;
}

function reasonOfTrigger(rule: Pick<IRule, 'trigger'>): string[] {
  const trigger = triggerOf(rule);
  if (trigger.kind === 'onRead') return ['its owner has read it'];
  if (trigger.kind === 'arrival') return [];
  return [`it arrived ${trigger.hours} ${trigger.hours === 1 ? 'hour' : 'hours'} ago and was neither opened nor moved`];
}

function describePattern({
  confidence,
  sampleSize,
  exceptionCount,
}: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>) {
  const followed = sampleSize - exceptionCount;
  return `The rule was created from a pattern: ${followed} of ${sampleSize} messages, confidence ${Math.round(confidence)}.`;
}
