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
  /** The entries of one mailbox, phase by phase; those of phase 0 were there before the mailbox was watched. */
  readonly phases: readonly (readonly TruthEntry[])[];
  readonly actions: readonly OwnAction[];
}

const folderKinds: ReadonlySet<TruthKind> = new Set(['folder-create', 'folder-rename', 'folder-delete']);

/** Returns the history of each message of a mailbox, by id. @throws when the app made a change without an action */
export function historiesOf({ phases, actions }: Truth): Map<string, History> {
  const actionIds = new Map(actions.map((action) => [keyOf(action.messageId, action), action.id]));
  const histories = new Map<string, { wasInPlace: boolean; phases: Step[][] }>();
  for (const [phase, entries] of phases.entries()) {
    const onMessages = entries.filter(({ kind }) => !folderKinds.has(kind));
    for (const [messageId, ofMessage] of groupBy(onMessages, ({ item }) => item)) {
      const history = histories.get(messageId) ?? { wasInPlace: phase === 0, phases: [] };
      history.phases.push(ofMessage.map((entry) => toStep(entry, phase, actionIds)));
      histories.set(messageId, history);
    }
  }
  return histories;
}

function toStep(entry: TruthEntry, phase: number, actionIds: ReadonlyMap<string, string>): Step {
  const { actor, item, kind, to } = entry;
  if (actor === 'person') return { kind, to };
  const actionId = actionIds.get(keyOf(item, { kind, phase }));
  if (actionId === undefined) throw new Error(`No action accounts for the ${kind} of ${item} by the app`);
  return { kind, to, actionId };
}

function keyOf(messageId: string, { kind, phase }: Pick<OwnAction, 'kind' | 'phase'>): string {
  return `${phase}/${kind}/${messageId}`;
}
