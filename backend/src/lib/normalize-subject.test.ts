import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeSubject } from './normalize-subject.ts';

describe('a normalized subject', () => {
  it.each([
    ['Weekly digest', 'weekly digest'],
    ['  Weekly \t digest ', 'weekly digest'],
    ['Re: Lunch?', 'lunch?'],
    ['RE: re: Fwd: FW: Lunch', 'lunch'],
    ['AW: WG: Besprechung', 'besprechung'],
    ['Antw: Rv: Odp: Ynt: Sv: Planning', 'planning'],
    ['Re[2]: Lunch', 'lunch'],
    ['Re (3) : Lunch', 'lunch'],
    ['回复：转发: 会议', '会议'],
    ['Regarding: lunch', 'regarding: lunch'],
    ['İLT: YNT: Toplantı', 'toplantı'],
    ['رد: إعادة توجيه: اجتماع', 'اجتماع'],
    ['תשובה: הועבר: השב: תגובה: פגישה', 'פגישה'],
    ['Odp.: PD: Spotkanie', 'spotkanie'],
    ['Odg: Proslj: Sastanak', 'sastanak'],
    ['Ответ: Пересл.: Встреча', 'встреча'],
    ['Re\u0301f. : TR : Réunion', 'réunion'],
    ['Továbbítás: Találkozó', 'találkozó'],
    ['Doorst: Overleg', 'overleg'],
    ['BLS: TRS: Rapat', 'rapat'],
    ['[announce] Release', '[announce] release'],
    ['Re: [announce] Re: Release', '[announce] release'],
    ['[announce] Re: [announce] Release', '[announce] release'],
    ['[my list] Re: Release', '[my list] release'],
    ['Invoice 4711', 'invoice'],
    ['Invoice INV-2024/17, payable until 03.05.2024', 'invoice payable until'],
    ['Invoice of 3 May 2024', 'invoice of'],
    ['Rechnung vom 3. März 2024', 'rechnung vom'],
    ['You may unsubscribe', 'you may unsubscribe'],
    ['Order #12345 (2 items) – $1,299.00', 'order items'],
    ['[PROJ-123] Build failed', 'build failed'],
    ['[Build 17] failed', '[build] failed'],
    ['Re: AW: [Team] Fwd: Invoice INV-2024/17 of 3 May 2024', '[team] invoice of'],
    ['🔥 50% off today 🔥', 'off today'],
    ['ＡＢＣ\u200B ｓａｌｅ', 'abc sale'],
    ['(17) Re: Lunch', 'lunch'],
    ['4711', ''],
    ['Re:', ''],
    ['', ''],
  ])('of "%s" is "%s"', (subject, normalized) => {
    expect(normalizeSubject(subject)).toBe(normalized);
  });

  it('does not change when it is normalized again, and holds no digit', () => {
    const word = fc.constantFrom(
      'Re:',
      'i',
      ':',
      'FW',
      '[list]',
      '[',
      ']',
      '(',
      ')',
      '17',
      'May',
      'a1',
      '-',
      'Lunch',
      '\u200B',
    );
    const likely = fc.array(word, { maxLength: 9 }).chain((words) => fc.constantFrom(words.join(' '), words.join('')));
    fc.assert(
      fc.property(fc.oneof(likely, fc.string({ unit: 'binary', maxLength: 60 })), (subject) => {
        const normalized = normalizeSubject(subject);

        expect(normalized).not.toMatch(/\p{N}|\s\s|^\s|\s$/u);
        expect(normalizeSubject(normalized)).toBe(normalized);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same for a mail and every reply to it', () => {
    const prefix = fc.constantFrom('Re: ', 'RE:', 'Fwd: ', 'AW: ', 'Re[4]: ', 'TR : ');
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.array(prefix, { maxLength: 5 }), (subject, prefixes) => {
        expect(normalizeSubject(prefixes.join('') + subject)).toBe(normalizeSubject(subject));
      }),
    );
  });

  it.each(['a', '[', 'Re: ', '[x] ', '1', 'a1 ', '( '])(
    'comes to an end however often a subject repeats %j',
    (piece) => {
      expect(normalizeSubject(piece.repeat(50_000)).length).toBeLessThanOrEqual(piece.length * 50_000);
    },
  );
});
