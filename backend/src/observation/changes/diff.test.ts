import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff, firstDiff, type FirstSnapshot, type Happening } from './diff.ts';
import type { FolderKind } from '../../models/fields/folder-kinds.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

const kinds: Readonly<Record<string, FolderKind>> = {
  inbox: 'inbox',
  trash: 'deleted',
  'below-trash': 'deleted',
  junk: 'junk',
  drafts: 'drafts',
  outbox: 'outbox',
  sent: 'sent',
  staging: 'staging',
};
const folderKindOf = (folderId: string): FolderKind => kinds[folderId];
const resting: KnownProperties = { folderId: 'inbox', isRead: false, flagStatus: 'notFlagged', categories: [] };

const category = fc.constantFrom('red', 'green', 'blue');
const properties: fc.Arbitrary<KnownProperties> = fc.record({
  folderId: fc.constantFrom('inbox', 'projects', 'trash', 'below-trash', 'staging', undefined),
  isRead: fc.boolean(),
  flagStatus: fc.constantFrom('notFlagged', 'flagged', 'complete'),
  categories: fc.uniqueArray(category),
});

const key = ({ categories, ...others }: KnownProperties) => JSON.stringify([others, categories.toSorted()]);
const isDeleted = ({ folderId }: KnownProperties) => folderId === undefined || folderKindOf(folderId) === 'deleted';
const typesOf = (happenings: readonly Happening[] | undefined) => happenings?.map(({ eventType }) => eventType) ?? [];

/** The happenings of a message over all its observations, the first one excepted. */
function story(looks: readonly KnownProperties[]): Happening[] {
  return looks.slice(1).flatMap((now, index) => diff(looks[index] ?? now, now, folderKindOf) ?? []);
}

describe('the difference of two looks', () => {
  it.each<[string, Partial<KnownProperties>, Partial<KnownProperties>, Happening[]]>([
    ['moved', {}, { folderId: 'projects' }, [{ eventType: 'moved', fromFolder: 'inbox', toFolder: 'projects' }]],
    ['deleted', {}, { folderId: 'trash' }, [{ eventType: 'deleted', fromFolder: 'inbox', toFolder: 'trash' }]],
    ['gone', {}, { folderId: undefined }, [{ eventType: 'disappeared', fromFolder: 'inbox' }]],
    ['removed for good', { folderId: 'trash' }, { folderId: undefined }, []],
    ['moved within the deleted', { folderId: 'trash' }, { folderId: 'below-trash' }, []],
    [
      'restored',
      { folderId: 'trash' },
      { folderId: 'inbox' },
      [{ eventType: 'moved', fromFolder: 'trash', toFolder: 'inbox' }],
    ],
    [
      'back again',
      { folderId: undefined },
      { folderId: 'inbox' },
      [{ eventType: 'moved', fromFolder: undefined, toFolder: 'inbox' }],
    ],
    ['back among the deleted', { folderId: undefined }, { folderId: 'trash' }, []],
    ['read', {}, { isRead: true }, [{ eventType: 'read' }]],
    ['unread', { isRead: true }, { isRead: false }, []],
    ['flagged', {}, { flagStatus: 'flagged' }, [{ eventType: 'flagged' }]],
    ['flagged again', { flagStatus: 'complete' }, { flagStatus: 'flagged' }, [{ eventType: 'flagged' }]],
    ['done', { flagStatus: 'flagged' }, { flagStatus: 'complete' }, []],
    [
      'categorized',
      { categories: ['red'] },
      { categories: ['blue', 'red'] },
      [{ eventType: 'categorized', added: ['blue'] }],
    ],
    ['not categorized', { categories: ['red'] }, { categories: [] }, []],
  ])('tells that a message was %s', (_what, before, now, happenings) => {
    expect(diff({ ...resting, ...before }, { ...resting, ...now }, folderKindOf)).toEqual(happenings);
  });

  it('is nothing when nothing is different, in whatever order the categories come', () => {
    fc.assert(
      fc.property(properties, (one) => {
        const same = { ...one, categories: one.categories.toReversed() };

        expect(diff(one, same, folderKindOf)).toBeUndefined();
      }),
    );
  });

  it('is something when anything is different', () => {
    fc.assert(
      fc.property(properties, properties, (before, now) => {
        expect(diff(before, now, folderKindOf) === undefined).toBe(key(before) === key(now));
      }),
    );
  });

  it('holds every event type at most once, and never an arrival', () => {
    fc.assert(
      fc.property(properties, properties, (before, now) => {
        const types = typesOf(diff(before, now, folderKindOf));

        expect(new Set(types).size).toBe(types.length);
        expect(types).not.toContain('arrived');
      }),
    );
  });

  it('is a deletion or a disappearance exactly when a message becomes deleted, and a move when it changes its folder otherwise', () => {
    fc.assert(
      fc.property(properties, properties, (before, now) => {
        const types = typesOf(diff(before, now, folderKindOf));

        const isRemoved = isDeleted(now) && !isDeleted(before);
        expect(types.includes('deleted')).toBe(isRemoved && now.folderId !== undefined);
        expect(types.includes('disappeared')).toBe(isRemoved && now.folderId === undefined);
        expect(types.includes('moved')).toBe(before.folderId !== now.folderId && !isDeleted(now));
        expect(types.includes('read')).toBe(now.isRead && !before.isRead);
      }),
    );
  });

  it('tells the same story when looks are repeated', () => {
    const look = fc.record({ properties, times: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1 }), (looks) => {
        const once = looks.map((one) => one.properties);
        const repeated = looks.flatMap((one) => Array.from({ length: one.times }, () => one.properties));

        expect(story(repeated)).toEqual(story(once));
      }),
    );
  });

  it('tells moves that lead from each kind to the next', () => {
    fc.assert(
      fc.property(fc.array(properties, { minLength: 2 }), (looks) => {
        let folderId = looks[0]?.folderId;
        for (const [index, now] of looks.slice(1).entries()) {
          for (const happening of diff(looks[index] ?? now, now, folderKindOf) ?? []) {
            if (!('toFolder' in happening) || happening.eventType === 'arrived') continue;
            expect(happening.fromFolder).toBe(folderId);
            expect(happening.toFolder).toBe(now.folderId);
          }
          folderId = now.folderId;
        }
      }),
    );
  });
});

describe('the first look at a message', () => {
  const watchedSince = new Date('2026-05-10T00:00:00Z');
  const eventsSince = new Date('2026-04-20T00:00:00Z');
  const watch = { watchedSince, eventsSince, folderKindOf };
  const snapshot: FirstSnapshot = { ...resting, isDraft: false, receivedAt: new Date('2026-05-11T00:00:00Z') };

  it.each(['inbox', 'projects', 'junk', 'trash'])('tells that it arrived where it rests: %s', (folderId) => {
    const happenings = firstDiff(
      { ...snapshot, folderId, isRead: true, flagStatus: 'flagged', categories: ['red'] },
      watch,
    );

    expect(happenings).toEqual([{ eventType: 'arrived', toFolder: folderId, foundInPlace: false }]);
  });

  it.each([
    ['before', new Date('2026-05-09T23:59:59Z'), true],
    ['when', watchedSince, false],
    ['after', new Date('2026-05-10T00:00:01Z'), false],
  ])('tells that it was received %s watching began', (_when, receivedAt, foundInPlace) => {
    expect(firstDiff({ ...snapshot, receivedAt }, watch)).toMatchObject([{ foundInPlace }]);
  });

  it('finds everything in kind while nothing is watched yet', () => {
    expect(firstDiff(snapshot, { ...watch, watchedSince: undefined })).toMatchObject([{ foundInPlace: true }]);
  });

  it('is no event when it is old, or in staging', () => {
    expect(firstDiff({ ...snapshot, receivedAt: new Date('2026-04-19T23:59:59Z') }, watch)).toEqual([]);
    expect(firstDiff({ ...snapshot, folderId: 'staging' }, watch)).toEqual([]);
  });

  it.each([
    ['in drafts', { folderId: 'drafts' }],
    ['in the outbox', { folderId: 'outbox' }],
    ['among the sent', { folderId: 'sent' }],
    ['as a draft', { isDraft: true }],
    ['nowhere', { folderId: undefined }],
  ])('leaves no trace of a message %s', (_where, fields) => {
    expect(firstDiff({ ...snapshot, ...fields }, watch)).toBeUndefined();
  });

  it('never reports anything but an arrival', () => {
    fc.assert(
      fc.property(
        properties,
        fc.boolean(),
        fc.option(fc.date({ noInvalidDate: true }), { nil: undefined }),
        (one, isDraft, receivedAt) => {
          const types = typesOf(firstDiff({ ...one, isDraft, receivedAt }, watch));

          expect(['', 'arrived']).toContain(types.join());
        },
      ),
    );
  });
});
