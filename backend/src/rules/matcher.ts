/** Conditions that all must hold. Rules, drafts of rules and the conditions of patterns all have this form. */
export interface MatchConditions {
  readonly senderEmail?: string | undefined;
  readonly senderDomain?: string | undefined;
  readonly subjectContains?: string | undefined;
  /** The whole normalized subject. */
  readonly subjectPattern?: string | undefined;
  /** Id of the folder in which the message arrived. */
  readonly fromFolder?: string | undefined;
  readonly isNewsletter?: boolean | undefined;
}

/** The properties of a message, or of a vote of the past, that conditions refer to. */
export interface MatchableMessage {
  /** Address. */
  readonly sender?: string | undefined;
  readonly domain?: string | undefined;
  readonly subject?: string | undefined;
  readonly subjectNormalized?: string | undefined;
  /** Id of the folder in which the message arrived. */
  readonly fromFolder?: string | undefined;
  readonly isNewsletter?: boolean | undefined;
}

/**
 * Tests a message against the conditions of a rule. Ignores letter case; a domain does not match its subdomains. An
 * unknown property of a message meets no condition, and a rule without conditions matches nothing.
 */
export function matches(conditions: MatchConditions, message: MatchableMessage): boolean {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const checks: boolean[] = [];
  if (senderEmail !== undefined) checks.push(isSameText(senderEmail, message.sender));
  if (senderDomain !== undefined) checks.push(isSameText(senderDomain, message.domain));
  if (subjectContains !== undefined) checks.push(contains(message.subject, subjectContains));
  if (subjectPattern !== undefined) checks.push(isSameText(subjectPattern, message.subjectNormalized));
  if (fromFolder !== undefined) checks.push(message.fromFolder === fromFolder);
  if (isNewsletter !== undefined) checks.push(message.isNewsletter === isNewsletter);
  return checks.length > 0 && checks.every(Boolean);
}

function isSameText(wanted: string, found: string | undefined): boolean {
  return found !== undefined && fold(wanted) === fold(found);
}

function contains(text: string | undefined, part: string): boolean {
  const wanted = fold(part);
  return wanted !== '' && text !== undefined && fold(text).includes(wanted);
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
