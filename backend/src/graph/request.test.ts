import { describe, expect, expectTypeOf, it } from 'vitest';
import { listInboxRules } from './message-rules.ts';
import { getMessage, messagesDelta, moveMessage, patchMessage } from './messages.ts';
import { pathOf, preferenceOf } from './request.ts';
import { messageFields, type SelectableField } from './select.ts';

const page = { pageSize: 200 };

describe('a request for messages', () => {
  it.each([
    ['reading one', getMessage('AAMk=')],
    ['a delta round', messagesDelta('inbox', page)],
    ['changing one', patchMessage('AAMk=', { isRead: true })],
    ['moving one', moveMessage('AAMk=', 'archive')],
  ])('selects metadata and nothing else: %s', (_what, request) => {
    const selected = new URL(pathOf(request), 'http://graph').searchParams.get('$select')?.split(',');

    expect(selected).toContain('id');
    expect(messageFields).toEqual(expect.arrayContaining(selected ?? []));
  });

  it('cannot select content: no list holds it, and nothing else compiles', () => {
    expect(messageFields.filter((field) => /body|preview|attachments$/i.test(field))).toEqual(['hasAttachments']);
    expectTypeOf<'body' | 'bodyPreview' | 'uniqueBody' | 'attachments'>()
      .exclude<SelectableField>()
      .toEqualTypeOf<'body' | 'bodyPreview' | 'uniqueBody' | 'attachments'>();
  });
});

describe('the path of a request', () => {
  it('holds ids as they are, whatever characters they have', () => {
    expect(pathOf({ ...getMessage('A/B+C=?#%'), select: ['id'] })).toBe(
      '/me/messages/A%2FB%2BC%3D%3F%23%25?$select=id',
    );
  });

  it.each(['', '.', '..'])('refuses %j as an id, which would lead to another path', (id) => {
    expect(() => pathOf(getMessage(id))).toThrow('messageId is not an id');
  });

  it('refuses a template whose id is missing', () => {
    expect(() => pathOf({ ...listInboxRules(), route: '/users/{userId}' })).toThrow('userId is not an id');
  });

  it('joins query options', () => {
    const path = pathOf({
      ...listInboxRules(),
      route: '/me',
      query: { $top: '5', $filter: "a eq 'b&c'" },
      select: ['id', 'subject'],
    });

    expect(path).toBe("/me?$top=5&$filter=a%20eq%20'b%26c'&$select=id%2Csubject");
  });
});

it('every request prefers immutable ids, beside what it prefers itself', () => {
  expect(preferenceOf(listInboxRules())).toBe('IdType="ImmutableId"');
  expect(preferenceOf(messagesDelta('inbox', page))).toBe('IdType="ImmutableId", odata.maxpagesize=200');
});
