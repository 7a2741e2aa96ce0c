import { describe, expect, it } from 'vitest';
import { mailKindOf } from '../graph/mail-kind.ts';
import { normalizeSubject } from '../lib/normalize-subject.ts';
import { matches } from '../rules/matcher.ts';
import { canonicalAddress } from '../lib/canonical-address.ts';
import { firstPart, maxLogTextLength, maxSubjectLength } from '../lib/foreign-text.ts';
import { redactText } from '../lib/redact.ts';

const readers: [string, (text: string) => unknown][] = [
  ['a normalized subject', normalizeSubject],
  ['the text of a log', redactText],
  ['the address of a sender', canonicalAddress],
  ['the kind of a mail', (value) => mailKindOf([{ name: 'Auto-Submitted', value }])],
  ['the subject that a rule is tested on', (subject) => matches({ subjectContains: 'zz' }, { subject })],
  ['the sender that a rule is tested on', (sender) => matches({ senderEmail: 'zz@zz' }, { sender })],
];

/** Each costs some regular expression, or the normalization of Unicode, the square of its length. */
const units = [
  ' ',
  'a',
  '[',
  're:',
  '[]',
  '[a] re:',
  'a.',
  'a@',
  '-',
  ',',
  '.,',
  'a.a-',
  'a+',
  'a://',
  'Bearer ',
  '\u200B',
  're ^',
  'a\n',
  '\u0301\u0323',
  '\uFDFA',
  '\u{1F525}',
  'ü@',
  '/a=',
  '(1)',
]; // prettier-ignore

/** @returns the milliseconds of the fastest of three runs */
function timeOf(run: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('a text that somebody else wrote', () => {
  it.each(readers)('takes no more than linear time to read: %s', (_name, read) => {
    const slow = units.filter((unit) => {
      const [short, long] = [10_000, 80_000].map((length) => `${unit.repeat(length / unit.length)} x`);
      // the square would take 64 times as long; 20 ms are below what can be told apart
      return timeOf(() => read(long ?? '')) > 24 * timeOf(() => read(short ?? '')) + 20;
    });

    expect(slow).toEqual([]);
  });

  it.each(units)('has no influence beyond its limit, as of “%s”', (unit) => {
    const subject = unit.repeat(maxSubjectLength);
    const logged = `${unit.repeat(maxLogTextLength)} `;

    expect(normalizeSubject(`${subject} secret`)).toBe(normalizeSubject(`${subject} others`));
    expect(redactText(`${logged} secret`)).toBe(redactText(`${logged} others`));
    expect(matches({ subjectContains: 'secret' }, { subject: `${subject}secret` })).toBe(false);
  });

  it('is cut between characters', () => {
    expect(firstPart('ab\u{1F525}', 3)).toBe('ab');
    expect(firstPart('ab\u{1F525}', 4)).toBe('ab\u{1F525}');
  });

  it('leaves no half of an address in a log where it is cut', () => {
    const cut = redactText(`${'word '.repeat(maxLogTextLength / 5 - 1)}ada.lovelace@example.com`);

    expect(cut).not.toContain('ada');
    expect(cut).toMatch(/word … \[\d+ more characters\]$/);
    expect(redactText(`${'a'.repeat(200)}@example.com`)).toBe('[address]');
  });
});
