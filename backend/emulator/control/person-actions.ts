import { z } from 'zod';
import type { Folder } from '../mailbox/folder-tree.ts';
import type { Message, MessageDraft } from '../mailbox/message.ts';
import type { PersonActions } from '../mailbox/person-actions.ts';

const address = z.object({ name: z.string(), address: z.string() });
const message = z.string();

/** What a person can be made to do: `{"do": "move", "message": "…", "folder": "archive"}`. */
export const personAction = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('deliver'),
    from: z.union([z.string(), address]),
    subject: z.string().optional(),
    receivedAtMs: z.number().optional(),
    receivedDateTime: z.iso.datetime().optional(),
    importance: z.enum(['low', 'normal', 'high']).optional(),
    hasAttachments: z.boolean().optional(),
    isRead: z.boolean().optional(),
    isDraft: z.boolean().optional(),
    categories: z.array(z.string()).optional(),
    to: z.array(address).optional(),
    cc: z.array(address).optional(),
    conversationId: z.string().optional(),
    inferenceClassification: z.enum(['focused', 'other']).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    folder: z.string().optional(),
    /** As many alike. */
    times: z.number().int().min(1).max(10_000).optional(),
  }),
  z.strictObject({ do: z.literal('move'), message, folder: z.string() }),
  z.strictObject({ do: z.literal('delete'), message }),
  z.strictObject({ do: z.literal('purge'), message }),
  z.strictObject({ do: z.literal('read'), message, isRead: z.boolean().optional() }),
  z.strictObject({
    do: z.literal('flag'),
    message,
    flagStatus: z.enum(['notFlagged', 'flagged', 'complete']).optional(),
  }),
  z.strictObject({ do: z.literal('categorize'), message, categories: z.array(z.string()) }),
  z.strictObject({ do: z.literal('createFolder'), name: z.string(), parent: z.string().optional() }),
  z.strictObject({ do: z.literal('renameFolder'), folder: z.string(), name: z.string() }),
  z.strictObject({ do: z.literal('deleteFolder'), folder: z.string() }),
]);
type PersonAction = z.infer<typeof personAction>;

/** Lets the person do it. @returns the ids of what was touched. @throws GraphFailure when it cannot be done */
export function perform(person: PersonActions, action: PersonAction): { readonly ids: string[] } {
  switch (action.do) {
    case 'deliver':
      return touched(...deliver(person, action));
    case 'move':
      return touched(person.move(action.message, action.folder));
    case 'delete':
      return touched(person.delete(action.message));
    case 'purge':
      person.purge(action.message);
      return { ids: [action.message] };
    case 'read':
      return touched(person.markRead(action.message, action.isRead));
    case 'flag':
      return touched(person.flag(action.message, action.flagStatus));
    case 'categorize':
      return touched(person.categorize(action.message, action.categories));
    case 'createFolder':
      return touched(person.createFolder(action.name, action.parent));
    case 'renameFolder':
      return touched(person.renameFolder(action.folder, action.name));
    case 'deleteFolder':
      person.deleteFolder(action.folder);
      return { ids: [action.folder] };
    default:
      return action satisfies never;
  }
}

function deliver(person: PersonActions, action: Extract<PersonAction, { do: 'deliver' }>): Message[] {
  const { do: _do, times = 1, receivedDateTime, ...draft } = action;
  const receivedAtMs = receivedDateTime === undefined ? draft.receivedAtMs : Date.parse(receivedDateTime);
  const whole: MessageDraft = { ...draft, receivedAtMs };
  return Array.from({ length: times }, () => person.deliver(whole));
}

function touched(...items: readonly (Message | Folder)[]): { readonly ids: string[] } {
  return { ids: items.map(({ id }) => id) };
}
