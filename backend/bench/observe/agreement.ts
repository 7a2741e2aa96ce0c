import type { Types } from 'mongoose';
import type { Message } from '../../emulator/mailbox/message.ts';
import type { Person } from '../../emulator/people.ts';
import { type IMessageState, MessageState } from '../../src/models/MessageState.ts';

const idsPerQuery = 1_000;
const unobservedFolders = ['sentitems', 'drafts', 'outbox'] as const;
const projection = { _id: 0, messageId: 1, folderId: 1, isRead: 1, flag: 1, categories: 1, pending: 1 } as const;

type State = Pick<IMessageState, 'messageId' | 'folderId' | 'isRead' | 'flag' | 'categories' | 'pending'>;

interface Mailbox {
  readonly person: Person;
  readonly mailboxId: Types.ObjectId;
}

/** Returns the ids of the messages whose stored state is missing or differs from the mailbox. */
export async function disagreements({ person, mailboxId }: Mailbox, ids: readonly string[]): Promise<string[]> {
  const { mailbox } = person;
  const unobserved = new Set(unobservedFolders.map((name) => mailbox.folders.get(name).id));
  const wrong: string[] = [];
  for (let start = 0; start < ids.length; start += idsPerQuery) {
    const asked = ids.slice(start, start + idsPerQuery);
    const states = MessageState.collection.find<State>({ mailboxId, messageId: { $in: asked } }, { projection });
    const stateOf = new Map((await states.toArray()).map((state) => [state.messageId, state]));
    for (const id of asked) {
      const message = mailbox.find(id);
      const isUnobserved = message !== undefined && unobserved.has(message.folderId);
      const state = stateOf.get(id);
      if (!(isUnobserved && state === undefined) && !agree(message, state)) wrong.push(id);
    }
  }
  return wrong;
}

function agree(message: Message | undefined, state: State | undefined): boolean {
  if (state?.pending !== undefined) return false;
  if (message === undefined) return state?.folderId === undefined;
  if (message.shape.isCorrupt) return true;
  if (state === undefined) return false;
  return (
    state.folderId === message.folderId &&
    (state.isRead === message.isRead || message.shape.nulls.has('isRead')) &&
    state.flag === message.flag.flagStatus &&
    state.categories.toSorted().join('\n') === message.categories.toSorted().join('\n')
  );
}
