import { describe, expect, it } from 'vitest';
import type { Message } from '../../graph/messages.ts';
import { snapshotOf } from './message-snapshot.ts';

const bare: Message = { id: 'message', parentFolderId: 'inbox', importance: 'normal', categories: [] };
const receivedDateTime = new Date('2026-05-03T10:00:00Z');

describe('a message as it is seen', () => {
  it('is told in our words', () => {
    const snapshot = snapshotOf({
      ...bare,
      internetMessageId: '<1@shop.example>',
      conversationId: 'conversation',
      receivedDateTime,
      lastModifiedDateTime: receivedDateTime,
      subject: 'Re: Invoice 17',
      from: { emailAddress: { name: 'The Shop', address: ' Billing@Shop.Example' } },
      importance: 'high',
      hasAttachments: true,
      isRead: true,
      flag: { flagStatus: 'flagged' },
      categories: ['Red', 'Blue', 'Red'],
      internetMessageHeaders: [{ name: 'Precedence', value: 'bulk' }],
    });

    expect(snapshot).toEqual({
      properties: { folderId: 'inbox', isRead: true, flagStatus: 'flagged', categories: ['Red', 'Blue'] },
      isDraft: false,
      modifiedAt: receivedDateTime,
      subjectHash: expect.stringMatching(/^[\w-]{43}$/u),
      details: {
        internetMessageId: '<1@shop.example>',
        conversationId: 'conversation',
        receivedAt: receivedDateTime,
        sender: { name: 'The Shop', email: 'billing@shop.example', domain: 'shop.example' },
        subject: 'Re: Invoice 17',
        subjectNormalized: 'invoice',
        importance: 'high',
        hasAttachments: true,
        kind: { hasListUnsubscribe: false, isNewsletter: false, isAutomated: true },
      },
    });
  });

  it('has nothing that Graph did not say', () => {
    const { properties, details, ...others } = snapshotOf(bare);

    expect(properties).toEqual({ folderId: 'inbox', isRead: false, flagStatus: 'notFlagged', categories: [] });
    expect(Object.keys(details)).toEqual(['importance', 'hasAttachments']);
    expect(others).toEqual({ isDraft: false, modifiedAt: undefined, subjectHash: undefined });
  });

  it('has one hash for the subjects of a series', () => {
    const hashes = ['Invoice 17', 'Re: invoice 18', 'Invoice'].map(
      (subject) => snapshotOf({ ...bare, subject }).subjectHash,
    );

    expect(new Set(hashes).size).toBe(1);
  });

  it.each([
    ['urgent', 'normal'],
    ['High', 'high'],
    ['', 'normal'],
  ])('counts the importance "%s" as %s', (importance, known) => {
    expect(snapshotOf({ ...bare, importance }).details.importance).toBe(known);
  });

  it.each([
    ['somethingNew', 'notFlagged'],
    ['complete', 'complete'],
  ])('counts the flag "%s" as %s', (flagStatus, known) => {
    expect(snapshotOf({ ...bare, flag: { flagStatus } }).properties.flagStatus).toBe(known);
  });

  it.each([
    [{ name: 'Somebody', address: null }, { name: 'Somebody' }],
    [{ name: null, address: '/O=Example/CN=Somebody' }, { email: '/o=example/cn=somebody' }],
    [
      { name: null, address: 'Anna@B\u00fccher.example' },
      { email: 'anna@xn--bcher-kva.example', domain: 'xn--bcher-kva.example' },
    ],
    [{ name: null, address: '/O=Example/CN=A@b' }, { email: '/o=example/cn=a@b' }],
    [{ name: undefined, address: ' ' }, undefined],
    [{ name: undefined, address: 'nobody@' }, { email: 'nobody@' }],
    [
      { name: undefined, address: '"a@b"@Shop.example' },
      { email: '"a@b"@shop.example', domain: 'shop.example' },
    ],
  ])('knows of the sender %o as much as there is', (emailAddress, sender) => {
    expect(snapshotOf({ ...bare, from: { emailAddress } }).details.sender).toEqual(sender);
  });
});
