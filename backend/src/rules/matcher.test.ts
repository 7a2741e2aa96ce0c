import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, type MatchableMessage, type MatchConditions } from './matcher.ts';

const message: MatchableMessage = {
  sender: 'News@Shop.Example',
  domain: 'shop.example',
  subject: 'Re: Weekly OFFERS, issue 17',
  subjectNormalized: 'weekly offers, issue',
  fromFolder: 'inbox',
  isNewsletter: true,
  listId: 'offers.shop.example',
  isAutomated: true,
};

describe('a rule', () => {
  it.each<[MatchConditions, boolean]>([
    [{ senderEmail: 'news@shop.example' }, true],
    [{ senderEmail: 'other@shop.example' }, false],
    [{ senderDomain: 'SHOP.example' }, true],
    [{ senderDomain: 'example' }, false],
    [{ subjectContains: 'weekly offers' }, true],
    [{ subjectContains: 'monthly' }, false],
    [{ subjectContains: ' ' }, false],
    [{ subjectPattern: 'weekly offers, issue' }, true],
    [{ subjectPattern: 'weekly offers' }, false],
    [{ fromFolder: 'inbox' }, true],
    [{ fromFolder: 'lists' }, false],
    [{ isNewsletter: true }, true],
    [{ isNewsletter: false }, false],
    [{ subjectPrefix: 'WEEKLY' }, true],
    [{ subjectPrefix: 'Re: weekly' }, true],
    [{ subjectPrefix: 'offers' }, false],
    [{ subjectPrefix: 'Re:' }, false],
    [{ listId: 'Offers.Shop.Example' }, true],
    [{ listId: 'shop.example' }, false],
    [{ isAutomated: true }, true],
    [{ isAutomated: false }, false],
    [{ listId: 'offers.shop.example', isAutomated: false }, false],
    [{ senderEmail: 'news@shop.example', isNewsletter: false }, false],
    [{ senderDomain: 'shop.example', subjectContains: 'offers', fromFolder: 'inbox' }, true],
  ])('with %o matches: %s', (conditions, expected) => {
    expect(matches(conditions, message)).toBe(expected);
  });

  it.each<[MatchConditions, MatchableMessage]>([
    [{ senderEmail: 'anna@b\u00fccher.example' }, { sender: 'Anna@XN--BCHER-KVA.example' }],
    [{ senderEmail: 'm\u00fcller@x.example' }, { sender: 'MU\u0308LLER@x.example' }],
    [{ senderEmail: '/O=Contoso/CN=Ada' }, { sender: '/o=contoso/cn=ada' }],
    [{ senderDomain: 'B\u00fccher.example' }, { domain: 'xn--bcher-kva.example' }],
  ])('with %o matches the same sender written otherwise: %o', (conditions, found) => {
    expect(matches(conditions, found)).toBe(true);
  });

  it('without conditions is about nothing', () => {
    expect(matches({}, message)).toBe(false);
    expect(matches({ senderEmail: undefined }, message)).toBe(false);
  });

  it('does not match what is not known of a message', () => {
    const conditions: MatchConditions[] = [
      { senderEmail: '' },
      { senderDomain: '' },
      { subjectContains: 'a' },
      { subjectPattern: '' },
      { fromFolder: '' },
      { isNewsletter: false },
    ];

    expect(conditions.some((condition) => matches(condition, {}))).toBe(false);
  });

  it('matches no more with a further condition', () => {
    const text = fc.option(fc.constantFrom('a', 'b', 'ab'), { nil: undefined });
    const conditions = fc.record({ senderEmail: text, subjectContains: text, fromFolder: text });
    const messages = fc.record({ sender: text, subject: text, fromFolder: text, isNewsletter: fc.boolean() });

    fc.assert(
      fc.property(conditions, messages, fc.boolean(), (some, found, isNewsletter) => {
        const isEmpty = Object.values(some).every((value) => value === undefined);
        expect(matches({ ...some, isNewsletter }, found) && !matches(some, found) && !isEmpty).toBe(false);
      }),
    );
  });
});
