import { z } from 'zod';
import type { Folder } from '../mailbox/folder.ts';
import type { Message, MessageDraft } from '../mailbox/message.ts';
import { derivedTypes, senderlessKinds } from '../mailbox/message-shape.ts';
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
    type: z.enum(['message', ...derivedTypes]).optional(),
    kind: z.enum(senderlessKinds).optional(),
    absent: z.array(z.string()).optional(),
    nulls: z.array(z.string()).optional(),
    recipientHoles: z.boolean().optional(),
    corrupt: z.boolean().optional(),
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
  z.strictObject({ do: z.enum(['softDelete', 'hardDelete', 'archiveOnline', 'answerInvitation']), message }),
  z.strictObject({ do: z.literal('returnFromArchive'), internetMessageId: z.string(), folder: z.string().optional() }),
  z.strictObject({
    do: z.literal('createFolder'),
    name: z.string(),
    parent: z.string().optional(),
    isHidden: z.boolean().optional(),
    search: z.enum(['unread', 'flagged']).optional(),
  }),
  z.strictObject({ do: z.literal('renameFolder'), folder: z.string(), name: z.string() }),
  z.strictObject({ do: z.literal('moveFolder'), folder: z.string(), parent: z.string() }),
  z.strictObject({ do: z.enum(['deleteFolder', 'trashFolder', 'shredFolder', 'emptyFolder']), folder: z.string() }),
]);
type PersonAction = z.infer<typeof personAction>;

/** Lets the person do it. @returns the ids of what was touched. @throws GraphFailure when it cannot be done */
export function perform(person: PersonActions, action: PersonAction): { readonly ids: string[] } {
  return 'message' in action ? actOnMessage(person, action) : actOnFolder(person, action);
}

function actOnMessage(
  person: PersonActions,
  action: Extract<PersonAction, { message: string }>,
): { readonly ids: string[] } {
  const id = action.message;
  switch (action.do) {
    case 'move':
      return touched(person.move(id, action.folder));
    case 'delete':
    case 'softDelete':
    case 'hardDelete':
    case 'answerInvitation':
      return touched(person[action.do](id));
    case 'purge':
    case 'archiveOnline':
      person[action.do](id);
      return { ids: [id] };
    case 'read':
      return touched(person.markRead(id, action.isRead));
    case 'flag':
      return touched(person.flag(id, action.flagStatus));
    case 'categorize':
      return touched(person.categorize(id, action.categories));
    default:
      return action satisfies never;
  }
}

function actOnFolder(
  person: PersonActions,
  action: Exclude<PersonAction, { message: string }>,
): { readonly ids: string[] } {
  switch (action.do) {
    case 'deliver':
      return touched(...deliver(person, action));
    case 'returnFromArchive':
      return touched(person.returnFromArchive(action.internetMessageId, action.folder));
    case 'createFolder':
      return touched(createFolder(person, action));
    case 'renameFolder':
      return touched(person.renameFolder(action.folder, action.name));
    case 'moveFolder':
      return touched(person.moveFolder(action.folder, action.parent));
    case 'trashFolder':
      return touched(person.trashFolder(action.folder));
    case 'deleteFolder':
    case 'shredFolder':
    case 'emptyFolder':
      person[action.do](action.folder);
      return { ids: [action.folder] };
    default:
      return action satisfies never;
  }
}

function createFolder(
  person: PersonActions,
  { name, parent, isHidden, search }: Extract<PersonAction, { do: 'createFolder' }>,
): Folder {
  return search === undefined
    ? person.createFolder(name, parent, isHidden)
    : person.createSearchFolder(name, search, parent);
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
