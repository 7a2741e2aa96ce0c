import { describe, expect, it } from 'vitest';
import { foldPrefix, hasSubjectPrefix, subjectPrefixOf } from './subject-prefix.ts';

describe('the prefix of a subject', () => {
  it.each([
    ['[announce] Release', '[announce]'],
    ['Re: Fwd: [announce] Release', '[announce]'],
    ['RE[2]: AW: [my list] Release', '[my list]'],
    ['[owner/repository] A title (#12)', '[owner/repository]'],
    ['[PROJ-123] Build failed', '[PROJ-123]'],
    ['[one] [two] Three', '[one]'],
    ['Accepted: Lunch', 'Accepted:'],
    ['Re: Accepted: Lunch', 'Accepted:'],
    ['Zugesagt： Besprechung', 'Zugesagt：'],
    ['Accepted:', 'Accepted:'],
    ['  [spaced] Release', '[spaced]'],
    ['[17] Lunch', undefined],
    ['[] Lunch', undefined],
    ['[unclosed Lunch', undefined],
    ['Lunch [announce]', undefined],
    ['Quick question: lunch', undefined],
    ['https://example.com', undefined],
    ['12:30 lunch', undefined],
    ['Re: Lunch', undefined],
    ['Re:', undefined],
    ['', undefined],
    [`${'a'.repeat(41)}: long`, undefined],
  ])('of "%s" is %s', (subject, prefix) => {
    expect(subjectPrefixOf(subject)).toBe(prefix);
  });

  it('is itself the beginning of the subject that it was taken from', () => {
    for (const subject of ['Re: [Announce]  Release', 'FW: ACCEPTED: lunch']) {
      expect(hasSubjectPrefix(subject, subjectPrefixOf(subject) ?? '')).toBe(true);
    }
  });

  it.each(['Re: ', '[a', 'a', 'Re: [a] ', 'a: '])('comes to an end however often a subject repeats %j', (piece) => {
    expect(foldPrefix(piece.repeat(50_000)).length).toBeLessThanOrEqual(1_000);
    expect(subjectPrefixOf(piece.repeat(50_000))?.length ?? 0).toBeLessThanOrEqual(1_000);
  });
});

describe('a subject', () => {
  it.each([
    ['[Announce] Release', '[announce]', true],
    ['Re: [announce] Release', '[announce] rel', true],
    ['Invoices of May', 'invoice', true],
    ['ＩＮＶＯＩＣＥ 17', 'Invoice', true],
    ['Re: Invoice', 'Re: Invoice', true],
    ['The invoice', 'invoice', false],
    ['Re: Lunch', 'Re:', false],
    ['Lunch', '', false],
  ])('"%s" begins with "%s": %s', (subject, prefix, expected) => {
    expect(hasSubjectPrefix(subject, prefix)).toBe(expected);
  });
});
