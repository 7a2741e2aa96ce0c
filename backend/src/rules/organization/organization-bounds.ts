import { AppError } from '../../lib/errors.ts';
import type { RuleConditions } from '../rule-draft.ts';

/** Letters and digits that a part of a subject must have at least. */
const minLetters = 3;
/** In scripts of which one character is a syllable or a word. */
const minIdeographs = 2;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Checks that a rule of the organization names the mail it is for: a sender, a list, a subject or newsletters. It applies to
 * mailboxes that its author does not see, so that a part of a subject must be longer than a letter or a prefix ("Re:").
 * @throws AppError 400 too_broad
 */
export function requireNarrow(conditions: RuleConditions): void {
  const { senderEmail, senderDomain, subjectContains, subjectPattern, subjectPrefix, listId, isNewsletter } =
    conditions;
  for (const [field, text] of Object.entries({ subjectContains, subjectPattern, subjectPrefix })) {
    if (text !== undefined && !isLongEnough(text)) {
      const bound = `at least ${minLetters} letters or digits (${minIdeographs} in Chinese, Japanese or Korean)`;
      throw tooBroad(`conditions.${field}`, `it must have ${bound}; this would match mail that nobody meant`);
    }
  }
  const named = [senderEmail, senderDomain, listId, subjectContains, subjectPattern, subjectPrefix];
  if (isNewsletter === true || named.some((value) => value !== undefined)) return;
  throw tooBroad(
    'conditions',
    'name a sender, a domain, a list, a subject or newsletters: a folder alone, all automated mail, or all mail but newsletters, is too much',
  );
}

function isLongEnough(text: string): boolean {
  const segments = [...graphemes.segment(text.normalize('NFKC'))].map(({ segment }) => segment);
  const words = segments.filter((segment) => /[\p{L}\p{N}]/u.test(segment));
  const ideographs = words.filter((word) =>
    /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(word),
  );
  return words.length >= minLetters || ideographs.length >= minIdeographs;
}

/** @param field the path of the field that is at fault, in the body of the request */
function tooBroad(field: string, what: string): AppError {
  const message = `A rule of the organization is too broad. ${field}: ${what}`;
  return new AppError(400, 'too_broad', message, { details: { field } });
}
