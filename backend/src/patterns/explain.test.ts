import { describe, expect, it } from 'vitest';
import { explainPattern } from './explain.ts';

const folderName = (folderId: string): string | undefined => (folderId === 'f1' ? 'Reading' : undefined);

describe('the explanation of a pattern', () => {
  it('says in words and numbers what was seen, how sure that is, and what will happen', () => {
    const explanation = explainPattern(
      {
        condition: { senderEmail: 'news@shop.example', subjectPattern: 'weekly offers' },
        suggestedAction: { actionType: 'delete' },
        confidence: 96.4,
        lowerBound: 87.12,
        threshold: 88,
        sampleSize: 40,
        exceptionCount: 1,
        evidence: [{ foundInPlace: true }, {}],
        status: 'suggested',
        blockers: [],
      },
      folderName,
    );

    expect(explanation).toEqual({
      finding:
        'You deleted 39 of 40 messages from news@shop.example with the subject “weekly offers”. Of the newest 2, 1 were there before monitoring began and are classified by their current folder.',
      certainty:
        'About 96 of the next 100 are expected to go the same way, unopened; from 39 of 40 at least 87 % is sure (95 % Wilson interval, recent messages weigh more). A suggestion needs 88, which is reached.',
      exceptions: 'There was 1 exception, about 25 in 1,000 messages.',
      consequence:
        'If you approve, every new message from news@shop.example with the subject “weekly offers” waits 24 hours in the staging folder and then goes to Deleted Items. You can undo each action and disable the rule at any time.',
    });
  });

  it.each([
    [{ actionType: 'move', toFolder: 'f1' }, 'moved to “Reading”', 'is moved to “Reading”'],
    [{ actionType: 'move', toFolder: 'f2' }, 'moved to a folder', 'is moved to a folder'],
    [{ actionType: 'archive' }, 'archived', 'is archived'],
    [{ actionType: 'markRead' }, 'marked as read', 'is marked as read'],
  ] as const)('names the action %o', (suggestedAction, past, future) => {
    const numbers = {
      confidence: 70.9,
      lowerBound: 70.9,
      threshold: 90,
      sampleSize: 10,
      exceptionCount: 0,
      evidence: [],
    };
    const blockers: 'bound'[] = ['bound'];

    const explanation = explainPattern(
      {
        ...numbers,
        status: 'detected',
        blockers,
        condition: { senderDomain: 'shop.example', isNewsletter: true, fromFolder: 'f1' },
        suggestedAction,
      },
      folderName,
    );

    expect(explanation.finding).toContain(`You ${past}`);
    expect(explanation.finding).toContain(
      'from anybody at shop.example that arrived in “Reading” that is a newsletter',
    );
    expect(explanation.certainty).toContain(
      'About 70 of the next 100 are expected to go the same way, unopened; from 10 of 10 at least 70 % is sure',
    );
    expect(explanation.certainty).toContain('90, which is not reached. Not suggested: it is not sure enough yet.');
    expect(explanation.exceptions).toBe('There were no exceptions.');
    expect(explanation.consequence).toContain(future);
  });

  it.each([
    [{ openedCount: 31, openedUnknownCount: 9 }, ' You opened 31 of them first; for 9 more this is not known.'],
    [{ openedCount: 2, openedUnknownCount: 0 }, ' You opened 2 of them first.'],
    [{ openedCount: 0, openedUnknownCount: 40 }, ' For 40 of them it is not known if you opened them first.'],
    [{}, 'messages from anybody.'],
  ])('says how many were opened first: %o', (counts, ending) => {
    const numbers = { confidence: 91, threshold: 80, sampleSize: 40, exceptionCount: 0, evidence: [] };
    const blockers: 'opened'[] = ['opened'];

    const explanation = explainPattern(
      { ...numbers, ...counts, status: 'detected', blockers, condition: {}, suggestedAction: { actionType: 'delete' } },
      folderName,
    );

    expect(explanation.finding.endsWith(ending)).toBe(true);
    expect(explanation.certainty).toContain('Not suggested: you open this mail first, or may have');
  });

  it('says of a habit that is watched how many more messages it takes', () => {
    const watched = { confidence: 83, lowerBound: 44, threshold: 88, sampleSize: 3, exceptionCount: 0, evidence: [] };
    const certaintyOf = (more: { readonly needed?: number }) =>
      explainPattern(
        {
          ...watched,
          ...more,
          tier: 'watching',
          status: 'detected',
          blockers: ['bound'],
          suggestedAction: { actionType: 'delete' },
        },
        folderName,
      ).certainty;

    expect(certaintyOf({ needed: 2 })).toContain('it is not sure enough yet: 2 more of the same and it is suggested.');
    expect(certaintyOf({})).toMatch(/it is not sure enough yet\.$/);
  });

  it('says of a suggestion that is likely only that it is to be looked at', () => {
    const numbers = { confidence: 91, lowerBound: 60, threshold: 88, sampleSize: 6, exceptionCount: 0, evidence: [] };
    const certaintyOf = (tier: 'sure' | 'likely') =>
      explainPattern({ ...numbers, tier, status: 'suggested', blockers: [] }, folderName).certainty;

    expect(certaintyOf('likely')).toContain('It is likely, not sure');
    expect(certaintyOf('sure')).not.toContain('likely');
  });
});
