import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { FolderKind } from '../models/fields/folder-kinds.ts';
import { type Arrived, ruleFor } from './engine.ts';
import type { StoredRule } from './stored-rule.ts';

const kinds: Readonly<Record<string, FolderKind>> = {
  inbox: 'inbox',
  bin: 'deleted',
  dumpster: 'recoverable',
  junk: 'junk',
  staged: 'staging',
  sent: 'sent',
  drafts: 'drafts',
  outbox: 'outbox',
};
const mail: Arrived = {
  sender: 'a@x.example',
  domain: 'x.example',
  subject: 'Offer',
  fromFolder: 'inbox',
  isNewsletter: false,
};

function rule(name: string, conditions: StoredRule['conditions']): StoredRule {
  const row = {
    _id: new Types.ObjectId(),
    userId: new Types.ObjectId(),
    name,
    isEnabled: true,
    version: 1,
    priority: 0,
  };
  const stats = { totalExecutions: 0, emailsProcessed: 0 };
  const dates = { createdAt: new Date(), updatedAt: new Date() };
  return { ...row, ...dates, actions: [], scope: 'user', stats, ...(conditions === undefined ? {} : { conditions }) };
}

function chosen(message: Arrived, rules: readonly StoredRule[], isProtected = false): string | undefined {
  return ruleFor(message, { rules, isProtected: () => isProtected, folderKindOf: (folderId) => kinds[folderId] })?.name;
}

describe('the rule for a message', () => {
  it('is none for what was found in a folder, also one that names it; the inbox is no such folder', () => {
    const rules = [rule('there', { fromFolder: 'reports' }), rule('offers', { subjectContains: 'offer' })];
    const found = { ...mail, foundInPlace: true };

    expect(chosen({ ...mail, fromFolder: 'reports' }, rules)).toBe('there');
    expect(chosen({ ...found, fromFolder: 'reports' }, rules)).toBeUndefined();
    expect(chosen(found, rules)).toBe('offers');
  });

  it('is none where it lies in Recoverable Items, or has no sender: it may be no mail at all', () => {
    const rules = [rule('offers', { subjectContains: 'offer' }), rule('there', { fromFolder: 'dumpster' })];
    const { sender: _sender, domain: _domain, ...senderless } = mail;

    expect(chosen(mail, rules)).toBe('offers');
    expect(chosen({ ...mail, fromFolder: 'dumpster' }, rules)).toBeUndefined();
    expect(chosen(senderless, rules)).toBeUndefined();
  });

  it('is the first that matches, and only that one', () => {
    const rules = [
      rule('other sender', { senderEmail: 'b@x.example' }),
      rule('domain', { senderDomain: 'x.example' }),
      rule('sender', { senderEmail: 'a@x.example' }),
    ];

    expect(chosen(mail, rules)).toBe('domain');
  });

  it('must meet all its conditions', () => {
    const both = rule('both', { senderEmail: 'a@x.example', subjectContains: 'invoice' });

    expect(chosen(mail, [both])).toBeUndefined();
    expect(chosen({ ...mail, subject: 'Your INVOICE' }, [both])).toBe('both');
  });

  it('is none for protected senders, and none without conditions', () => {
    expect(chosen(mail, [rule('domain', { senderDomain: 'x.example' })], true)).toBeUndefined();
    expect(chosen(mail, [rule('empty', {}), rule('missing', undefined)])).toBeUndefined();
  });

  it('is none for an invitation to a meeting', () => {
    const rules = [rule('domain', { senderDomain: 'x.example' })];

    expect(chosen({ ...mail, isMeeting: false }, rules)).toBe('domain');
    expect(chosen({ ...mail, isMeeting: true }, rules)).toBeUndefined();
  });

  it.each(['junk', 'a folder'])('outside the inbox (%s) is one that names the folder', (fromFolder) => {
    const message = { ...mail, fromFolder };
    const sender = { senderEmail: 'a@x.example' };

    expect(chosen(message, [rule('anywhere', sender)])).toBeUndefined();
    expect(chosen(message, [rule('anywhere', sender), rule('there', { ...sender, fromFolder })])).toBe('there');
  });

  it.each(['bin', 'staged', 'sent', 'drafts', 'outbox'])('is none in %s, whatever a rule says', (fromFolder) => {
    expect(chosen({ ...mail, fromFolder }, [rule('there', { fromFolder })])).toBeUndefined();
  });
});
