import type { TruthKind, TruthValue } from '../../emulator/ledgers/truth.ts';

/** One thing that happened to a message, as it really was. */
export interface Step {
  readonly kind: TruthKind;
  readonly to: TruthValue;
  /** The recorded action in whose name it was done; left out: its owner did it. */
  readonly actionId?: string | undefined;
}

/** What about a message can change by itself, each with whoever did it last. */
type Aspect = 'place' | 'read' | 'flag' | 'categories';

/** All that a look at a message shows at one moment, and who had brought each part of it about. */
export interface Sight {
  /** Undefined: it is gone. */
  readonly folderId: string | undefined;
  readonly isRead: boolean;
  readonly flag: string;
  readonly categories: readonly string[];
  /** The action that did it last; undefined: the owner. */
  readonly by: Readonly<Partial<Record<Aspect, string | undefined>>>;
}

const asDelivered: Omit<Sight, 'folderId'> = { isRead: false, flag: 'notFlagged', categories: [], by: {} };

/** What there is to see after a step. A message is delivered unread, without flag and categories. */
export function sightAfter(before: Sight | undefined, { kind, to, actionId }: Step): Sight {
  const sight = before ?? { ...asDelivered, folderId: undefined };
  const by = (aspect: Aspect): Sight['by'] => ({ ...sight.by, [aspect]: actionId });
  switch (kind) {
    case 'deliver':
    case 'move':
    case 'delete':
    case 'soft-delete':
    case 'hard-delete':
    case 'purge':
    case 'expire':
    case 'online-archive':
      return { ...sight, folderId: typeof to === 'string' ? to : undefined, by: by('place') };
    case 'read':
      return { ...sight, isRead: to === true, by: by('read') };
    case 'flag':
      return { ...sight, flag: String(to), by: by('flag') };
    case 'categorize':
      return { ...sight, categories: Array.isArray(to) ? to.map(String) : [], by: by('categories') };
    case 'folder-create':
    case 'folder-rename':
    case 'folder-move':
    case 'folder-delete':
    case 'id-change':
      return sight;
    default:
      return kind satisfies never;
  }
}
