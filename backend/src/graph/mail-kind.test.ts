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
    ['a newsletter comes', unsubscribe, [true, true, true]],
    ['an announcement list writes', { ...unsubscribe, 'List-Post': 'NO (announcements only)' }, [true, true, true]],
    ['a discussion list writes', { ...unsubscribe, 'List-Post': '<mailto:all@list.example>' }, [true, false, true]],
    ['headers are in small letters', { 'list-unsubscribe': '<mailto:off@news.example>' }, [true, true, true]],
    ['bulk mail is marked', { ...unsubscribe, Precedence: 'Bulk' }, [true, true, true]],
    ['a program answers', { 'Auto-Submitted': 'auto-replied (vacation)' }, [false, false, true]],
    ['a mail could not be delivered', { 'Return-Path': '<>' }, [false, false, true]],
    ['Exchange marks it', { 'X-Auto-Response-Suppress': 'All' }, [false, false, true]],
  ] as const)('when %s', (_case, given, [hasListUnsubscribe, isNewsletter, isAutomated]) => {
    expect(mailKindOf(headers(given))).toEqual({ hasListUnsubscribe, isNewsletter, isAutomated });
  });

  it.each([
    ['Announcements <Announce.Lists.Example>', 'announce.lists.example'],
    ['"A <strange> name" <dev.lists.example>', 'dev.lists.example'],
    ['<dev.lists.example> (Developers)', 'dev.lists.example'],
    ['dev.lists.example', 'dev.lists.example'],
    ['<folded .lists.example>', 'folded.lists.example'],
    ['Developers of an example', undefined],
    ['<>', undefined],
    ['', undefined],
    [`<${'a'.repeat(256)}>`, undefined],
  ])('has the identifier of its list: %s', (header, listId) => {
    expect(mailKindOf(headers({ 'List-Id': header }))?.listId).toBe(listId);
  });

  it.each([
    ['a list', { 'List-Id': '<dev.lists.example>' }, 'ann@people.example'],
    ['an address that reads no answers', {}, 'no-reply@shop.example'],
    ['an address with such a word', {}, 'github.noreply@mail.example'],
    ['a mail server', {}, 'mailer-daemon@mail.example'],
  ])('is automated from %s', (_case, given, sender) => {
    expect(mailKindOf(headers(given), sender)?.isAutomated).toBe(true);
  });

  it('is not automated from the address of a person', () => {
    expect(mailKindOf(headers({}), 'ann.alerts@people.example')?.isAutomated).toBe(false);
  });
});
