/** Conditions that all must hold. Rules, drafts of rules and the conditions of patterns all have this form. */
export interface MatchConditions {
  readonly senderEmail?: string | undefined;
  readonly senderDomain?: string | undefined;
  readonly subjectContains?: string | undefined;
  /** The whole normalized subject. */
  readonly subjectPattern?: string | undefined;
  /** Folder id: where the message arrived. */
  readonly fromFolder?: string | undefined;
  readonly isNewsletter?: boolean | undefined;
}

/** What a rule can look at in a message; a vote of the past has it, too. */
export interface MatchableMessage {
  /** Address. */
  readonly sender?: string | undefined;
  readonly domain?: string | undefined;
  readonly subject?: string | undefined;
  readonly subjectNormalized?: string | undefined;
  /** Folder id: where the message arrived. */
  readonly fromFolder?: string | undefined;
  readonly isNewsletter?: boolean | undefined;
}

/**
 * Whether a rule is about a message. Letter case does not matter; a domain is matched exactly, not its subdomains. What
 * is not known of a message never meets a condition, and a rule without conditions is about nothing.
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
