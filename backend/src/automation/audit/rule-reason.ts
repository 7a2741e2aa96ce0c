import type { IPattern, IRule } from '../../models/index.ts';

/**
 * Explains in sentences why a rule acts on a message: the conditions that matched, and the rule's origin.
 * @param pattern the pattern that the rule was created from; undefined for a rule written by hand
 */
export function explainRuleMatch(
  { name, scope, conditions = {} }: Pick<IRule, 'name' | 'conditions'> & Partial<Pick<IRule, 'scope'>>,
  pattern?: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>,
): string {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const met = [
    ...(senderEmail === undefined ? [] : [`it was sent by ${senderEmail}`]),
    ...(senderDomain === undefined ? [] : [`it was sent from ${senderDomain}`]),
    ...(subjectContains === undefined ? [] : [`its subject contains “${subjectContains}”`]),
    ...(subjectPattern === undefined ? [] : [`its subject is “${subjectPattern}”`]),
    ...(fromFolder === undefined ? [] : ['it arrived in the folder that the rule names']),
    ...(isNewsletter === undefined ? [] : [`it is ${isNewsletter ? '' : 'not '}a newsletter`]),
  ];
  const reason = `${scope === 'org' ? "Your organization's rule" : 'The rule'} “${name}” matches the message: ${met.join(', and ')}.`;
  return pattern === undefined ? reason : `${reason} ${describePattern(pattern)}`;
}

function describePattern({
  confidence,
  sampleSize,
  exceptionCount,
}: Pick<IPattern, 'confidence' | 'sampleSize' | 'exceptionCount'>) {
  const followed = sampleSize - exceptionCount;
  return `The rule was created from a pattern: ${followed} of ${sampleSize} messages, confidence ${Math.round(confidence)}.`;
}
