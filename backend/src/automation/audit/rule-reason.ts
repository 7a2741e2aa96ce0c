import type { IPattern, IRule } from '../../models/index.ts';

/**
 * Why a rule acts on a message, in words: its conditions, and where they come from.
 * @param pattern what the rule was found by, if it was not written by hand
 */
export function whyOf(
  { name, conditions = {} }: Pick<IRule, 'name' | 'conditions'>,
  pattern?: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>,
): string {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const met = [
    ...(senderEmail === undefined ? [] : [`it comes from ${senderEmail}`]),
    ...(senderDomain === undefined ? [] : [`it comes from ${senderDomain}`]),
    ...(subjectContains === undefined ? [] : [`its subject contains “${subjectContains}”`]),
    ...(subjectPattern === undefined ? [] : [`its subject is “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : ['it arrived in the folder that the rule names']),
    ...(isNewsletter === undefined ? [] : [`it is ${isNewsletter ? 'a' : 'no'} newsletter`]),
  ];
  return `The rule “${name}” is about it: ${met.join(', and ')}.${pattern === undefined ? '' : ` ${originOf(pattern)}`}`;
}

function originOf({
  confidence,
  sampleSize,
  exceptionCount,
}: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>) {
  const followed = sampleSize - exceptionCount;
  return `The rule was approved from a pattern: ${followed} of ${sampleSize} messages, confidence ${Math.round(confidence)}.`;
}
