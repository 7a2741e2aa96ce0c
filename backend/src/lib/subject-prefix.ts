import { firstPart, maxSubjectLength } from './foreign-text.ts';

/**
 * Prefixes that mail programs put before the subject of a reply or a forwarded mail, folded: those that Wikipedia's "List
 * of email subject abbreviations" names by language, and the words that Outlook and Gmail write out.
 */
const prefixes = [
  're fw fwd', // English, and most others
  'aw wg antw antwort doorst', // German, Dutch
  'tr réf ref rép', // French
  'rv res enc', // Spanish, Portuguese
  'r i rif ri', // Italian
  'sv vs vb vl vld fs', // Scandinavian, Finnish, Dutch, Icelandic
  'odp pd přep odg proslj prosl preusm', // Polish, Czech, Croatian, Slovenian
  'hov vá továbbítás atb yml pārs ats', // Hungarian, Welsh, Latvian, Lithuanian
  'ynt ilt απ σχετ πρθ на отв ответ пересл ha', // Turkish, Greek, Russian
  'رد إعادة_توجيه תשובה תגובה השב הועבר', // Arabic, Hebrew
  'bls trs tl ct', // Indonesian, Vietnamese
  '回复 答复 转发 回覆 轉寄 答覆 返信 転送 회신 전달', // Chinese, Japanese, Korean
].flatMap((line) => line.split(' ').map((prefix) => prefix.replace('_', ' ')));

/** Matches one reply or forward prefix, also abbreviated with a full stop, with a counter as in "Re[2]:", and a colon of any width. */
export const leadingReplyPrefix = new RegExp(
  `^(?:${prefixes.join('|')})\\.?\\s*(?:\\[\\d+\\]|\\(\\d+\\)|\\^\\d+)?\\s*[:：]\\s*`,
  'iu',
);

/** Bound against crafted subjects. */
const maxReplyPrefixes = 20;

/** Matches a tag in brackets that holds a letter, such as "[announce]". */
const leadingTag = /^\[[^\][]*\p{L}[^\][]*\]/u;

/** Matches one word and its colon, such as "Accepted:", but no "https://" and no time of day. */
const leadingWord = /^\p{L}[\p{L}\p{M}\p{N}_-]{0,39}[:：](?=\s|$)/u;

/** Removes the prefixes that mail programs put before the subject of a reply or a forwarded mail, however many. */
function withoutReplyPrefixes(subject: string): string {
  let rest = subject.trimStart();
  for (let removed = 0; removed < maxReplyPrefixes; removed += 1) {
    const prefix = leadingReplyPrefix.exec(rest)?.[0];
    if (prefix === undefined) break;
    rest = rest.slice(prefix.length).trimStart();
  }
  return rest;
}

/**
 * Returns the prefix by which a system or a list marks its mail, as it is typed: the tag in brackets or the word with a
 * colon that the subject begins with once reply and forward prefixes are removed. "Re: [announce] Release" has the
 * prefix "[announce]", "Accepted: Lunch" has "Accepted:". Two prefixes are the same if `foldPrefix` makes them equal.
 * Reads the first 1,000 characters.
 * @returns undefined if the subject begins with neither
 */
export function subjectPrefixOf(subject: string): string | undefined {
  const rest = withoutReplyPrefixes(firstPart(subject, maxSubjectLength));
  return (leadingTag.exec(rest) ?? leadingWord.exec(rest))?.[0];
}

/** Brings a prefix, or the beginning of a subject, into the form that is compared: no reply prefixes, lower case, white space collapsed. */
export function foldPrefix(text: string): string {
  return withoutReplyPrefixes(firstPart(text, maxSubjectLength))
    .normalize('NFKC')
    .replace(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
}

/** Tests whether a subject begins with a prefix, after its reply and forward prefixes. A prefix of nothing else begins none. */
export function hasSubjectPrefix(subject: string, prefix: string): boolean {
  const wanted = foldPrefix(prefix);
  return wanted !== '' && foldPrefix(subject).startsWith(wanted);
}
