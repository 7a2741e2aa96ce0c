import { describe, expect, it } from 'vitest';
import { mailKindOf } from './mail-kind.ts';

const headers = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([name, value]) => ({ name, value }));
const unsubscribe = { 'List-Unsubscribe': '<https://news.example/off>' };

describe('the kind of a mail', () => {
  it.each([undefined, null])('is not known without headers (%s)', (none) => {
    expect(mailKindOf(none)).toBeUndefined();
  });

  it.each([
    ['a person writes', { Subject: 'Lunch', 'Auto-Submitted': 'no' }, [false, false, false]],
    ['a newsletter comes', unsubscribe, [true, true, false]],
    ['an announcement list writes', { ...unsubscribe, 'List-Post': 'NO (announcements only)' }, [true, true, false]],
    ['a discussion list writes', { ...unsubscribe, 'List-Post': '<mailto:all@list.example>' }, [true, false, false]],
    ['headers are in small letters', { 'list-unsubscribe': '<mailto:off@news.example>' }, [true, true, false]],
    ['bulk mail is marked', { ...unsubscribe, Precedence: 'Bulk' }, [true, true, true]],
    ['a program answers', { 'Auto-Submitted': 'auto-replied (vacation)' }, [false, false, true]],
    ['a mail could not be delivered', { 'Return-Path': '<>' }, [false, false, true]],
    ['Exchange marks it', { 'X-Auto-Response-Suppress': 'All' }, [false, false, true]],
  ] as const)('when %s', (_case, given, [hasListUnsubscribe, isNewsletter, isAutomated]) => {
    expect(mailKindOf(headers(given))).toEqual({ hasListUnsubscribe, isNewsletter, isAutomated });
  });
});
