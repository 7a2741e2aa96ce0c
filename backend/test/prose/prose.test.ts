import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeApi, proseOf } from './api-document.ts';
import { auditExamples } from './audit-examples.ts';
import { sentencesOf } from './sentences.ts';

// What a person reads of MSEDB, in one file to read and to improve: other tests assert codes, causes and fields. After
// a change of words, `npx vitest run test/prose -u` writes the file anew.

const src = fileURLToPath(new URL('../../src', import.meta.url));

function sentencesOfSources(except: (sentence: string) => boolean): string[] {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).toSorted();
  return paths.flatMap((path) => {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts')) return [];
    const sentences = sentencesOf(readFileSync(join(src, path), 'utf8')).filter((sentence) => !except(sentence));
    return sentences.length === 0 ? [] : ['', `## ${path}`, ...sentences];
  });
}

/** Many routes share a description: it is shown where it stands first. */
function eachOnce(lines: readonly string[]): string[] {
  const texts = new Set<string>();
  return lines.filter((line) => {
    const [, description = line] = line.split(/ - (.*)/s);
    if (texts.has(description)) return false;
    texts.add(description);
    return true;
  });
}

it('the prose is what was agreed on', async () => {
  const api = eachOnce(proseOf(describeApi()));
  const audit = auditExamples();
  const sources = sentencesOfSources((sentence) => api.some((line) => line.endsWith(sentence)));

  expect([api.length > 150, audit.length > 20, sources.length > 200]).toEqual([true, true, true]);
  const text = ['# API', '', ...api, '', '# Audit log', '', ...audit, '', '# Sources', ...sources, ''].join('\n');
  await expect(text).toMatchFileSnapshot('prose.txt');
});
