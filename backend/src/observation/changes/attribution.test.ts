import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { attribute, type AttributionInput } from './attribution.ts';
import { diff } from './diff.ts';
import type { ActionChange, OwnAction } from './own-actions.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';

const before: KnownProperties = { folderId: 'inbox', isRead: false, flagStatus: 'notFlagged', categories: [] };
const folderKindOf = (folderId: string) => (folderId === 'trash' ? 'deleted' : undefined);
const sentAt = Date.parse('2026-05-03T10:00:00Z');
const earlier = new Date(sentAt - 1_000);
const meanwhile = new Date(sentAt + 1);

function action(change: ActionChange, finishedAt?: Date): OwnAction {
  return { id: new Types.ObjectId(), ruleId: new Types.ObjectId(), change, finishedAt };
}

/** Attributes the changes of a message in the inbox that is observed with these fields. */
function whoDid(
  fields: Partial<KnownProperties>,
  actions: readonly OwnAction[],
  input: Partial<AttributionInput> = {},
) {
  const now = { ...before, ...fields };
  const happenings = diff(before, now, folderKindOf) ?? [];
  const { ours, lastActionId } = attribute(happenings, {
    actions,
    now,
    sentAt,
    folderKindOf,
    lastActionId: undefined,
    ...input,
  });
  const byType = [...ours].map(([{ eventType }, { id }]) => [eventType, id] as const);
  return { ours: Object.fromEntries(byType), lastActionId };
}

describe('a change', () => {
  it.each<[string, ActionChange, Partial<KnownProperties>]>([
    ['moved', { folderId: 'projects' }, { folderId: 'projects' }],
    ['deleted', { folderId: 'trash' }, { folderId: 'trash' }],
    ['read', { isRead: true }, { isRead: true }],
    ['flagged', { flagStatus: 'flagged' }, { flagStatus: 'flagged' }],
    ['categorized', { categories: ['red', 'blue'] }, { categories: ['red', 'blue'] }],
  ])('is ours when an action set exactly what is seen: %s', (eventType, change, seen) => {
    const done = action(change, earlier);

    expect(whoDid(seen, [done])).toEqual({ ours: { [eventType]: done.id }, lastActionId: done.id });
  });

  it.each<[string, ActionChange, Partial<KnownProperties>]>([
    ['another folder', { folderId: 'archive' }, { folderId: 'projects' }],
    ['something else', { isRead: true }, { folderId: 'projects' }],
    ['the opposite', { isRead: false }, { isRead: true }],
    ['another flag', { flagStatus: 'complete' }, { flagStatus: 'flagged' }],
    ['not all categories', { categories: ['red'] }, { categories: ['red', 'blue'] }],
  ])("is the owner's when our action set %s, which explains nothing from then on", (_what, change, seen) => {
    const done = action(change, earlier);

    expect(whoDid(seen, [done])).toEqual({ ours: {}, lastActionId: done.id });
  });

  it("is the owner's when there was no action", () => {
    expect(whoDid({ folderId: 'projects' }, [])).toEqual({ ours: {}, lastActionId: undefined });
  });

  it('is ours in one part and theirs in another', () => {
    const done = action({ isRead: true }, earlier);

    expect(whoDid({ isRead: true, folderId: 'projects' }, [done]).ours).toEqual({ read: done.id });
  });

  it('is explained by the newest action that did it', () => {
    const [staged, executed] = [action({ folderId: 'staging' }, earlier), action({ folderId: 'trash' }, earlier)];

    expect(whoDid({ folderId: 'trash' }, [staged, executed])).toEqual({
      ours: { deleted: executed.id },
      lastActionId: executed.id,
    });
  });

  it("is the owner's when a later action of ours undid the one that set it", () => {
    const [done, undone] = [action({ folderId: 'projects' }, earlier), action({ folderId: 'inbox' }, earlier)];

    expect(whoDid({ folderId: 'projects' }, [done, undone]).ours).toEqual({});
  });

  it('is explained by an earlier action while the later one is only intended', () => {
    const [done, intended] = [action({ folderId: 'projects' }, earlier), action({ folderId: 'inbox' })];

    expect(whoDid({ folderId: 'projects' }, [done, intended])).toEqual({
      ours: { moved: done.id },
      lastActionId: done.id,
    });
  });

  it('is ours while nobody has noted yet that the action is done', () => {
    const intended = action({ folderId: 'projects' });

    expect(whoDid({ folderId: 'projects' }, [intended])).toEqual({
      ours: { moved: intended.id },
      lastActionId: intended.id,
    });
  });

  it('is ours when we deleted the message and it is gone for good by now', () => {
    const done = action({ folderId: 'trash' }, earlier);

    expect(whoDid({ folderId: undefined }, [done]).ours).toEqual({ disappeared: done.id });
    expect(whoDid({ folderId: undefined }, [action({ folderId: 'trash' })]).ours).toEqual({});
    expect(whoDid({ folderId: undefined }, [action({ folderId: 'archive' }, earlier)]).ours).toEqual({});
  });
});

describe('an action', () => {
  const moved = action({ folderId: 'projects' }, earlier);

  it('explains nothing once it is used up, nor does any before it', () => {
    const newest = action({ isRead: true }, earlier);

    const { ours, lastActionId } = whoDid({ folderId: 'projects', isRead: true }, [moved, newest], {
      lastActionId: moved.id,
    });

    expect(ours).toEqual({ read: newest.id });
    expect(lastActionId).toEqual(newest.id);
  });

  it('is used up when it was finished before a look that shows nothing of it', () => {
    expect(whoDid({}, [moved])).toEqual({ ours: {}, lastActionId: moved.id });
  });

  it('stays open while a look may have been too early for it', () => {
    expect(whoDid({}, [action({ folderId: 'projects' }, meanwhile)]).lastActionId).toBeUndefined();
    expect(whoDid({}, [action({ folderId: 'projects' })]).lastActionId).toBeUndefined();
  });

  it('stays open until all that it set has been seen', () => {
    const both = action({ folderId: 'projects', isRead: true });

    expect(whoDid({ isRead: true }, [both])).toEqual({ ours: { read: both.id }, lastActionId: undefined });
    expect(whoDid({ isRead: true, folderId: 'projects' }, [both]).lastActionId).toEqual(both.id);
  });
});
