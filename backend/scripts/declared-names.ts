/** A source file of src/. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** An exported name that more than one file declares. */
export interface DuplicateName {
  readonly name: string;
  /** Sorted. */
  readonly paths: readonly string[];
}

interface Declaration {
  readonly name: string;
  readonly isExported: boolean;
  readonly isType: boolean;
}

/** Declarations begin their line: the formatter sees to it, and indented ones are local to a function. */
const declared =
  /^(?<exported>export )?(?:declare )?(?:abstract )?(?:async )?(?<kind>function\*?|const|let|class|interface|type) (?<name>[\w$]+)/gm;
const destructured = /^export const \{(?<names>[^}]*)\}/gm;

/**
 * Returns the names that one file exports and another file declares as well. A type that is not exported counts, too:
 * it is read beside the exported one. A function or constant counts only where it is exported.
 */
export function duplicatesOf(files: readonly SourceFile[]): readonly DuplicateName[] {
  const places = new Map<string, { paths: Set<string>; exports: number }>();
  for (const { path, text } of files) {
    for (const { name, isExported, isType } of declarationsOf(text)) {
      if (!isExported && !isType) continue;
      const place = places.get(name) ?? { paths: new Set(), exports: 0 };
      place.paths.add(path);
      if (isExported) place.exports += 1;
      places.set(name, place);
    }
  }
  return [...places]
    .filter(([, { paths, exports }]) => paths.size > 1 && exports > 0)
    .map(([name, { paths }]) => ({ name, paths: [...paths].toSorted() }))
    .toSorted((one, two) => (one.name < two.name ? -1 : 1));
}

function declarationsOf(text: string): Declaration[] {
  const simple = [...text.matchAll(declared)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    isExported: groups['exported'] !== undefined,
    isType: groups['kind'] === 'interface' || groups['kind'] === 'type' || groups['kind'] === 'class',
  }));
  const parts = [...text.matchAll(destructured)].flatMap(({ groups = {} }) => (groups['names'] ?? '').split(','));
  const names = parts.map((part) => part.split(':').at(-1)?.trim() ?? '').filter((name) => name !== '');
  return [...simple, ...names.map((name) => ({ name, isExported: true, isType: false }))];
}
