import type { MessageShape } from '../../emulator/mailbox/message-shape.ts';
import type { TruthEntry, TruthKind } from '../../emulator/ledgers/truth.ts';
import { groupBy } from '../../src/lib/group-by.ts';
import type { History } from './expected-events.ts';
import type { Step } from './expected-state.ts';

/** An action of the app in the audit log: it made one change of this kind to the message in this phase. */
export interface OwnAction {
  readonly id: string;
  readonly messageId: string;
  readonly kind: TruthKind;
  readonly phase: number;
}

/** The changes that really happened in a mailbox. */
export interface Truth {
  /** The forms in which Graph gives the messages, by the ids they came with. */
  readonly shapes: ReadonlyMap<string, MessageShape>;
  /** The entries of one mailbox, phase by phase; those of phase 0 were there before the mailbox was watched. */
  readonly phases: readonly (readonly TruthEntry[])[];
  readonly actions: readonly OwnAction[];
}

const folderKinds: ReadonlySet<TruthKind> = new Set(['folder-create', 'folder-rename', 'folder-delete', 'folder-move']);

/**
 * Returns the history of each message of a mailbox, by the id that it has in the end. A message that Graph cannot give
 * has none, and if its read state is never told, that is not in it. @throws when the app made a change without an action
 */
export function historiesOf({ phases, actions, shapes }: Truth): Map<string, History> {
  const names = new MessageNames(phases.flat());
  const shapeOf = new Map([...shapes].map(([id, shape]) => [names.last(id), shape]));
  const actionIds = new Map(actions.map((action) => [keyOf(names.last(action.messageId), action), action.id]));
  const histories = new Map<string, { wasInPlace: boolean; phases: Step[][] }>();
  for (const [phase, entries] of phases.entries()) {
    const onMessages = entries.filter(({ kind }) => !folderKinds.has(kind));
    for (const [messageId, ofMessage] of groupBy(onMessages, ({ item }) => names.last(item))) {
      const shape = shapeOf.get(messageId);
      const visible = ofMessage.filter(({ kind }) => isVisible(kind, shape));
      if (visible.length === 0) continue;
      const history = histories.get(messageId) ?? { wasInPlace: phase === 0, phases: [] };
      history.phases.push(
        visible.map((entry) => toStep(entry, keyOf(messageId, { kind: entry.kind, phase }), actionIds)),
      );
      histories.set(messageId, history);
    }
  }
  return histories;
}

function isVisible(kind: TruthKind, shape: MessageShape | undefined): boolean {
  if (kind === 'id-change' || shape?.isCorrupt === true) return false;
  return kind !== 'read' || shape?.nulls.has('isRead') !== true;
}

/** What others do looks as if the owner did it. */
function toStep(entry: TruthEntry, key: string, actionIds: ReadonlyMap<string, string>): Step {
  const { actor, item, kind, to } = entry;
  if (actor !== 'app') return { kind, to };
  const actionId = actionIds.get(key);
  if (actionId === undefined) throw new Error(`No action accounts for the ${kind} of ${item} by the app`);
  return { kind, to, actionId };
}

function keyOf(messageId: string, { kind, phase }: Pick<OwnAction, 'kind' | 'phase'>): string {
  return `${phase}/${kind}/${messageId}`;
}

/** The ids that one message went by, one after the other. */
export class MessageNames {
  readonly #newer = new Map<string, string>();

  constructor(entries: readonly TruthEntry[]) {
    for (const { kind, from, to } of entries) {
      if (kind === 'id-change' && typeof from === 'string' && typeof to === 'string') this.#newer.set(from, to);
    }
  }

  last(id: string): string {
    let last = id;
    for (let newer = this.#newer.get(last); newer !== undefined; newer = this.#newer.get(last)) last = newer;
    return last;
  }
}
