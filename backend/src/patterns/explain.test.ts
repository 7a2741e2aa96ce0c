import { describe, expect, it } from 'vitest';
import { explainPattern } from './explain.ts';

const folderName = (folderId: string): string | undefined => (folderId === 'f1' ? 'Reading' : undefined);

describe('the explanation of a pattern', () => {
  it('says in words and numbers what was seen, how sure that is, and what will happen', () => {
    const explanation = explainPattern(
      {
        condition: { senderEmail: 'news@shop.example', subjectPattern: 'weekly offers' },
        suggestedAction: { actionType: 'delete' },
        confidence: 87.12,
        threshold: 80,
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
        'You deleted 39 of 40 messages from news@shop.example with the subject “weekly offers”. Of the newest 2, 1 were found where they rest when watching began: what was done with them is concluded from that.',
      certainty:
        'That is 97 % of what was seen. From so many messages, recent ones counting more, the true share is at least 87 % (the lower end of the 95 % Wilson interval). A suggestion takes 80 %, which is reached.',
      exceptions: 'There was 1 exception, about 25 in 1,000 messages.',
      consequence:
        'From now on every new message from news@shop.example with the subject “weekly offers” waits 24 hours in the staging folder and then goes to Deleted Items. You can undo each of them, and stop this at any time.',
    });
  });

  it.each([
    [{ actionType: 'move', toFolder: 'f1' }, 'moved to “Reading”', 'is moved to “Reading”'],
    [{ actionType: 'move', toFolder: 'f2' }, 'moved to a folder', 'is moved to a folder'],
    [{ actionType: 'archive' }, 'archived', 'is archived'],
    [{ actionType: 'markRead' }, 'marked as read', 'is marked as read'],
  ] as const)('names the action %o', (suggestedAction, past, future) => {
    const numbers = { confidence: 70.9, threshold: 75, sampleSize: 10, exceptionCount: 0, evidence: [] };
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
    expect(explanation.certainty).toContain('at least 70 %');
    expect(explanation.certainty).toContain('75 %, which is not reached. It is not suggested: it is not sure enough.');
    expect(explanation.exceptions).toBe('There was no exception.');
    expect(explanation.consequence).toContain(future);
  });
});
