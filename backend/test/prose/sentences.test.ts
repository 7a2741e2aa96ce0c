import { describe, expect, it } from 'vitest';
import { sentencesOf } from './sentences.ts';

describe('the sentences of a source file', () => {
  it.each([
    ['an error', "throw new AppError(404, 'not_found', 'There is no such rule');", ['There is no such rule']],
    ['a log message, however short', "logger.info('Stopped', { ms });", ['Stopped']],
    ['a limited log message', "limiter.warn(this.#deps.logger, 'Redis away', 'redis');", ['Redis away']],
    ['a text over two lines', "const text =\n  'It was ' +\n  'not done';", ['It was not done']],
    ['a template', 'const text = `Port ${port} is in use`;', ['Port ${port} is in use']],
    ['a text after a regular expression with a quote', "x = /[']/; y = 'It is here';", ['It is here']],
  ])('hold %s', (_kind, source, sentences) => {
    expect(sentencesOf(source)).toEqual(sentences);
  });

  it.each([
    ['comments', "// it isn't the text 'of a comment'\n/* nor 'is it here' */"],
    ['names of fields', "find({}, 'userId email connectedAt')"],
    ['codes and paths', "import x from '../not/for/you.ts'; const code = 'not_found';"],
  ])('hold no %s', (_kind, source) => {
    expect(sentencesOf(source)).toEqual([]);
  });
});
