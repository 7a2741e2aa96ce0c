import type { TruthKind, TruthValue } from '../../emulator/ledgers/truth.ts';

/** One change of a message, as it really happened. */
export interface Step {
  readonly kind: TruthKind;
  readonly to: TruthValue;
  /** The recorded action that made it; missing when the owner made it. */
  readonly actionId?: string | undefined;
}

/** The parts of a message that change independently. */
type Aspect = 'place' | 'read' | 'flag' | 'categories';

/** The visible state of a message at one moment, and who last changed each part. */
export interface ExpectedState {
  /** Undefined when the message is gone. */
  readonly folderId: string | undefined;
  readonly isRead: boolean;
  readonly flag: string;
  readonly categories: readonly string[];
  /** The action that last changed a part; undefined for the owner. */
  readonly by: Readonly<Partial<Record<Aspect, string | undefined>>>;
}

const asDelivered: Omit<ExpectedState, 'folderId'> = { isRead: false, flag: 'notFlagged', categories: [], by: {} };

/** Returns the state after a step. A message is delivered unread, without flag and categories. */
export function stateAfter(before: ExpectedState | undefined, { kind, to, actionId }: Step): ExpectedState {
  const state = before ?? { ...asDelivered, folderId: undefined };
  const by = (aspect: Aspect): ExpectedState['by'] => ({ ...state.by, [aspect]: actionId });
  switch (kind) {
    case 'deliver':
    case 'move':
    case 'delete':
    case 'purge':
    case 'soft-delete':
    case 'hard-delete':
    case 'expire':
    case 'online-archive':
      return { ...state, folderId: typeof to === 'string' ? to : undefined, by: by('place') };
    case 'read':
      return { ...state, isRead: to === true, by: by('read') };
    case 'flag':
      return { ...state, flag: String(to), by: by('flag') };
    case 'categorize':
      return { ...state, categories: Array.isArray(to) ? to.map(String) : [], by: by('categories') };
    case 'folder-create':
    case 'folder-rename':
    case 'folder-delete':
    case 'folder-move':
    case 'id-change':
      return state;
    default:
      return kind satisfies never;
  }
}
