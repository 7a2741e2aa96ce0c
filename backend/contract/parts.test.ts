import { describe, expect, it } from 'vitest';
import { variedAnswers } from '../emulator/as-reported.ts';
import { assumptions } from './assumptions.ts';
import { selected } from './delta-rounds.ts';
import { messageFields } from '../src/graph/select.ts';
import { OwnItems } from './own-items.ts';
import { answerOf, cloudOf, unansweredOf } from './report.ts';

describe('what the contract may change', () => {
  it.each([
    ['PATCH', '/me/messages/other'],
    ['POST', '/me/messages/other/move'],
    ['DELETE', '/me/mailFolders/other'],
    ['DELETE', '/me/mailFolders/own/messages/other'],
    ['POST', '/me/mailFolders/inbox/messages'],
    ['POST', '/me/mailFolders/other/childFolders?$select=id'],
    ['POST', '/me/messages'],
    ['POST', '/me/sendMail'],
    ['PATCH', '/me/mailboxSettings'],
  ])('is never %s %s', (method, path) => {
    const own = new OwnItems();
    own.add('own');

    expect(() => own.guard(method, path)).toThrow('did not make');
  });

  it('is what it made, and subscriptions', () => {
    const own = new OwnItems();
    own.add('a/b=');

    for (const path of ['/me/messages/a%2Fb%3D', '/subscriptions', '/subscriptions/1', '/$batch', '/me/mailFolders']) {
      own.guard('POST', path);
    }
    own.guard('GET', '/me/messages/other');
    expect(own.has('a/b=')).toBe(true);
  });
});

describe('a report', () => {
  it.each([
    'ada@contoso.example',
    'b1946ac9-2ecf-4f0e-8f0b-6f7f6c1e2b90',
    `AAkALg${'x'.repeat(40)}`,
    'A subject! "quoted"',
  ])('withholds %j', (found) => {
    expect(JSON.stringify([answerOf('200', found), unansweredOf('200', found)])).not.toContain(found);
  });

  it('says what was found when that is codes and names', () => {
    expect(answerOf('200', '404 ErrorItemNotFound')).toEqual({
      verdict: 'differs',
      assumed: '200',
      found: '404 ErrorItemNotFound',
    });
    expect(answerOf('id @odata.etag', 'id @odata.etag').verdict).toBe('as assumed');
  });

  it('names a cloud of Microsoft, and no other address', () => {
    expect(cloudOf('https://graph.microsoft.us')).toBe('us-gov');
    expect(cloudOf('https://graph.contoso.example')).toBe('other');
  });
});

describe('the assumptions', () => {
  it('have ids of their own, a source, and what is assumed in plain words', () => {
    const sources = assumptions.map(({ source }) => source);

    expect(new Set(assumptions.map(({ id }) => id)).size).toBe(assumptions.length);
    expect(sources.filter((source) => !/^(https:\/\/\S+|captured|reported)$/.test(source))).toEqual([]);
    expect(assumptions.filter(({ assumed }) => answerOf('', assumed).found !== assumed)).toEqual([]);
  });

  it('are those that an emulator varies, among others', () => {
    const ids = new Set(assumptions.map(({ id }) => id));

    expect(variedAnswers.filter((id) => !ids.has(id))).toEqual([]);
    expect(variedAnswers.length).toBeGreaterThan(8);
  });

  it('ask for the properties that the service selects', () => {
    expect(selected).toEqual(messageFields);
  });
});
