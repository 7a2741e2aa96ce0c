/** Comments and regular expressions come first: quotes in them begin no text. */
const tokens =
  /\/\/.*|\/\*[\s\S]*?\*\/|(?<=[=(,:!&|?{;[]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|'(?<single>(?:[^'\\\n]|\\.)*)'|"(?<double>(?:[^"\\\n]|\\.)*)"|`(?<template>(?:[^`\\]|\\.)*)`/g;
/** A text that goes on in the next line. */
const continued = /(['`]) \+\n\s*\1/g;
const logCall = /(?:\blogger\??\.(?:debug|info|warn|error)\(\s*|\.warn\(\s*(?:this\.#)?(?:\w+\.)?logger,\s*)$/;
/** Every English sentence holds one of these words; names of fields, paths and commands hold none. */
const common =
  /\b(?:a|an|and|are|at|be|by|cannot|do|does|for|from|has|in|is|it|must|no|not|of|on|only|or|so|that|the|this|to|too|was|were|with|you)\b/i;
const notProse = /^(?:\$\{[^}]*\}|[\s\d.,:;()“”-])*$/;

/**
 * Returns the texts of a source file that a person may read: log messages, and literals of at least three words with a
 * common English one among them. In the order of the file, each once; `\n` and the like stay as they are written.
 */
export function sentencesOf(source: string): readonly string[] {
  const text = source.replaceAll(continued, '');
  const found = new Set<string>();
  for (const { 0: token, index, groups = {} } of text.matchAll(tokens)) {
    const literal = groups['single'] ?? groups['double'] ?? groups['template'];
    if (literal === undefined || notProse.test(literal)) continue;
    const isLogged = logCall.test(text.slice(Math.max(0, index - 60), index));
    const words = literal
      .replaceAll(/\$\{[^}]*\}/g, 'x')
      .split(/\s+/)
      .filter((word) => word !== '');
    if (isLogged || (words.length >= 3 && common.test(literal))) found.add(token.slice(1, -1));
  }
  return [...found];
}
