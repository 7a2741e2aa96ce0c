import { describe, expect, it } from 'vitest';
import { paintFor } from './paint.ts';
import { pageWidth, StepError, Story } from './story.ts';

function newStory(): { story: Story; lines: string[] } {
  const lines: string[] = [];
  return { story: new Story((line) => lines.push(line), paintFor({}, {})), lines };
}

describe('a story', () => {
  it('shows headings, requests, answers and checks in order, on a page of a bounded width', async () => {
    const { story, lines } = newStory();

    await story.step('Somebody signs in', async () => {
      story.request('curl $MSEDB/auth/login');
      story.show({ email: 'ada@contoso.example', why: 'because '.repeat(20) });
      story.check('she is signed in', true);
    });

    expect(lines.slice(0, 5)).toEqual([
      '',
      '1. Somebody signs in',
      '   $ curl $MSEDB/auth/login',
      '      email  ada@contoso.example',
      expect.stringMatching(/^ {6}why {4}because/),
    ]);
    expect(lines.at(-1)).toBe('   ✓ she is signed in');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(pageWidth);
    expect(story.checks).toBe(1);
  });

  it('ends with the name of the step in which something is not so', async () => {
    const { story } = newStory();
    await story.step('The first', () => Promise.resolve());

    const second = story.step('The second', async () => story.check('the mail is back', false));

    await expect(second).rejects.toThrow(StepError);
    await expect(second).rejects.toThrow('Step “2. The second” failed: check failed: the mail is back');
    expect(story.checks).toBe(0);
  });
});

describe('colors', () => {
  it.each([
    ['there are none where no terminal is', {}, {}, 'text'],
    ['there are none for who does not want them', { isTTY: true }, { NO_COLOR: '1' }, 'text'],
    ['there are some in a terminal', { isTTY: true }, { NO_COLOR: '' }, '\u001b[32mtext\u001b[0m'],
  ])('%s', (_case, stream, env, expected) => {
    expect(paintFor(stream, env)('green', 'text')).toBe(expected);
  });
});
