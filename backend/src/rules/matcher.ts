import { canonicalAddress, canonicalDomain } from '../lib/canonical-address.ts';
import { firstPart, maxSubjectLength } from '../lib/foreign-text.ts';
import { hasSubjectPrefix } from '../lib/subject-prefix.ts';

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
  /** The beginning of the subject, after its reply and forward prefixes. */
  readonly subjectPrefix?: string | undefined;
  /** The identifier of a mailing list (RFC 2919). */
  readonly listId?: string | undefined;
  /** A program sent or distributed the message: see lib/automated-mail.ts. */
  readonly isAutomated?: boolean | undefined;
  /** Says when the rule is tried, not on which mail: see rules/trigger.ts. */
  readonly olderThanDays?: number | undefined;
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
  readonly listId?: string | undefined;
  readonly isAutomated?: boolean | undefined;
}

/**
 * Tests a message against the conditions of a rule. Ignores letter case; a domain does not match its subdomains. An
 * unknown property of a message meets no condition, and a rule without conditions matches nothing.
 */
export function matches(conditions: MatchConditions, message: MatchableMessage): boolean {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, fromFolder, isNewsletter } = conditions;
  const { subjectPrefix, listId, isAutomated } = conditions;
  const checks: boolean[] = [];
  if (senderEmail !== undefined) checks.push(isSame(senderEmail, message.sender, canonicalAddress));
  if (senderDomain !== undefined) checks.push(isSame(senderDomain, message.domain, canonicalDomain));
  if (subjectContains !== undefined) checks.push(contains(message.subject, subjectContains));
  if (subjectPattern !== undefined) checks.push(isSame(subjectPattern, message.subjectNormalized, fold));
  if (fromFolder !== undefined) checks.push(message.fromFolder === fromFolder);
  if (isNewsletter !== undefined) checks.push(message.isNewsletter === isNewsletter);
  if (subjectPrefix !== undefined) checks.push(hasSubjectPrefix(message.subject ?? '', subjectPrefix));
  if (listId !== undefined) checks.push(isSame(listId, message.listId, (id) => id.toLowerCase()));
  if (isAutomated !== undefined) checks.push(message.isAutomated === isAutomated);
  return checks.length > 0 && checks.every(Boolean);
}

function isSame(wanted: string, found: string | undefined, canonical: (text: string) => string): boolean {
  return found !== undefined && canonical(wanted) === canonical(found);
}

function contains(text: string | undefined, part: string): boolean {
  const wanted = fold(part);
  return wanted !== '' && text !== undefined && fold(text).includes(wanted);
}

function fold(text: string): string {
  return firstPart(text, maxSubjectLength).normalize('NFKC').trim().toLowerCase();
}
