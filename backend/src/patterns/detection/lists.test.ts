import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import { type PatternCandidate, patternKey } from './candidate.ts';
import { detectPatterns, type DetectionSettings, startDetection } from './detect.ts';
import type { Vote, VoteOutcome } from './outcome.ts';
import type { Protection } from './protection.ts';

const listId = 'dev.lists.example';
const settings: DetectionSettings = {
  now: new Date('2026-02-03T12:00:00Z'),
  aggressiveness: 'moderate',
  halfLifeDays: 365,
  leastHistoryDays: 0,
  protectionOf: () => 'none',
  isSharedDomain: () => false,
};

/** Mail of one member of a list. */
function by(name: string, count: number, outcome: VoteOutcome, changes: Partial<Vote> = {}): Vote[] {
  const domain = `${name}.example`;
  return buildVotes(count, outcome, { sender: `me@${domain}`, domain, listId, ...changes });
}
const members = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'tony'];
const discussion = members.flatMap((name) => by(name, 2, { moved: 'dev' }));

function protectionOf({ email }: { readonly email?: string | undefined }): Protection {
  return email === 'me@ada.example' ? 'removal' : 'none';
}

function ofList(votes: readonly Vote[], changes: Partial<DetectionSettings> = {}): PatternCandidate | undefined {
  return detectPatterns(votes, { ...settings, ...changes }).find(({ condition }) => condition.listId !== undefined);
}

describe('a mailing list', () => {
  it('is suggested as one, where no sender of it would be', () => {
    expect(detectPatterns(discussion, settings).filter(({ status }) => status === 'suggested')).toMatchObject([
      { condition: { listId }, suggestedAction: { actionType: 'move', toFolder: 'dev' }, sampleSize: 12 },
    ]);
  });

  it('goes before its senders, but not before what else they send', () => {
    const busy = by('ada', 30, { moved: 'dev' });
    const elsewhere = by('linus', 30, { moved: 'dev' }, { listId: undefined });
    const found = detectPatterns([...discussion, ...busy, ...elsewhere], settings);
    const ofSender = (address: string) => found.find(({ condition }) => condition.senderEmail === address);

    expect(ofSender('me@ada.example')?.blockers).toEqual(['covered']);
    expect(ofSender('me@linus.example')?.status).toBe('suggested');
  });

  it('is nothing of its own with one sender, and keeps what its members are protected from', () => {
    expect(ofList(by('ada', 30, 'deleted'))).toBeUndefined();
    expect(ofList(discussion, { protectionOf })?.blockers).toEqual(['protected']);
  });

  it('is left to the next analysis of the whole mailbox where only a part is read', () => {
    const whole = startDetection(settings);
    const part = startDetection(settings);
    for (const name of members) {
      const votes = discussion.filter(({ sender }) => sender === `me@${name}.example`);
      whole.addSender(votes);
      if (name !== 'ada') part.addSender(votes);
    }
    const { levels } = whole.finish();

    expect(part.finish(levels).candidates.filter(({ condition }) => condition.listId !== undefined)).toEqual([]);
  });
});

describe('the beginning of the subject', () => {
  it('tells one kind of mail of a sender from the other', () => {
    const sender = { sender: 'bot@forge.example', domain: 'forge.example' };
    const mail = [
      ...buildVotes(20, 'archived', { ...sender, subject: '[infra] Build passed' }),
      ...buildVotes(20, 'read', { ...sender, subject: '[product] Review requested' }),
    ];

    expect(detectPatterns(mail, settings).filter(({ status }) => status === 'suggested')).toMatchObject([
      {
        condition: { senderEmail: 'bot@forge.example', subjectPrefix: '[infra]' },
        suggestedAction: { actionType: 'archive' },
      },
    ]);
  });
});

describe('the key of a pattern', () => {
  it('is as before where a condition of former versions is all there is', () => {
    expect(patternKey({ senderEmail: 'a@b.example' }, { actionType: 'delete' })).toBe(
      '["sender","delete",null,"a@b.example",null,null,null,null]',
    );
    expect(patternKey({ listId }, { actionType: 'delete' })).not.toBe(
      patternKey({ subjectPrefix: listId }, { actionType: 'delete' }),
    );
  });
});
