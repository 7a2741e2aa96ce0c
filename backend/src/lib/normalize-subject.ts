import { firstPart, maxSubjectLength } from './foreign-text.ts';
import { leadingReplyPrefix } from './subject-prefix.ts';

/** Matches the name of a mailing list or of a system, as in "[announce] ". */
const leadingTag = /^\[[^\][]*\]\s*/u;

/**
 * Names of months, long and short, in lower case and without full stops, from the Unicode CLDR; each line leaves out
 * the names of the lines above. They are written out because Intl loads 7 MiB of language data into every process, and
 * because stored subjects were normalized with them: they must not change with the version of Node.
 */
const monthNames: ReadonlySet<string> = new Set(
  [
    'january february march april may june july august september october november december jan feb mar apr jun jul aug sep oct nov dec', // English
    'januar februar märz mai juni juli oktober dezember mär okt dez', // German
    'janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr juil sept déc', // French
    'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic', // Spanish
    'gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug set ott', // Italian
    'janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev out', // Portuguese
    'januari februari maart mei augustus mrt', // Dutch
    'styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień sty lut kwi cze lip sie wrz paź lis gru', // Polish
    'augusti', // Swedish
    'marts', // Danish
  ].flatMap((line) => line.split(' ')),
);

/** Bound against crafted subjects: real ones need fewer. */
const maxPasses = 10;

/**
 * Removes the parts of a subject that vary between mails of one series, so that all mails of a series have the same:
 * - Unicode's compatibility form, lower case (İ as i), white space collapsed, invisible characters dropped;
 * - without reply and forward prefixes, however many, also behind a list's name: "[list]" itself is kept;
 * - without words that hold a digit (numbers, amounts, dates, times, ids), and without a month's name beside one;
 * - without what is only punctuation or a symbol.
 *
 * "Re: AW: [Team] Fwd: Invoice INV-2024/17 of 3 May 2024" becomes "[team] invoice of"; "Order #4711" becomes "order".
 * Reads the first 1,000 characters.
 * @returns '' when nothing else is left
 */
export function normalizeSubject(subject: string): string {
  let text = firstPart(firstPart(subject, maxSubjectLength).normalize('NFKC'), maxSubjectLength)
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .replaceAll('i\u0307', 'i'); // the lower case of the Turkish İ has a dot of its own

  // the rest may begin with a prefix again, as in "(17) Re: lunch"
  for (let pass = 1; pass <= maxPasses; pass += 1) {
    const shorter = withoutVarying(withoutPrefixes(text.trim()));
    if (shorter === text) break;
    text = shorter;
  }
  return text;
}

function withoutPrefixes(text: string): string {
  const tags: string[] = [];
  let rest = text;
  for (;;) {
    const prefix = leadingReplyPrefix.exec(rest)?.[0];
    const tag = prefix === undefined ? leadingTag.exec(rest)?.[0] : undefined;
    const lead = prefix ?? tag;
    if (lead === undefined) return [...new Set(tags), rest].join(' ');
    if (tag !== undefined) tags.push(tag.trim());
    rest = rest.slice(lead.length);
  }
}

function withoutVarying(text: string): string {
  const spaced = text.replace(/([[\](){}<>"“”„«»])/gu, ' $1 ').trim();
  const words = spaced.split(/\s+/u);
  const kept = words.filter((word, index) => {
    if (holdsDigit(word)) return false;
    if (!monthNames.has(bare(word))) return true;
    return !holdsDigit(words[index - 1]) && !holdsDigit(words[index + 1]);
  });
  return kept
    .join(' ')
    .replace(/\[ ?\]/gu, '')
    .replace(/\[ /gu, '[')
    .replace(/ \]/gu, ']')
    .split(' ')
    .filter(hasLetter)
    .join(' ');
}

function holdsDigit(word: string | undefined): boolean {
  return word !== undefined && /\p{N}/u.test(word);
}

function hasLetter(word: string): boolean {
  return /\p{L}/u.test(word);
}

function bare(word: string): string {
  return word.replace(/[.,]+$/u, '');
}
