import { type MessageShape, type ShapeDraft, shapeOf } from './message-shape.ts';

export interface Address {
  readonly name: string;
  readonly address: string;
}

interface DateTimeTimeZone {
  readonly dateTime: string;
  readonly timeZone: string;
}

export interface Flag {
  readonly flagStatus: 'notFlagged' | 'flagged' | 'complete';
  readonly startDateTime?: DateTimeTimeZone | undefined;
  readonly dueDateTime?: DateTimeTimeZone | undefined;
  readonly completedDateTime?: DateTimeTimeZone | undefined;
}

type Importance = 'low' | 'normal' | 'high';

/** What may be said of a message that is delivered; what is left out gets a plain value. */
export interface MessageDraft extends ShapeDraft {
  readonly from: string | Address;
  readonly subject?: string | undefined;
  /** Milliseconds since the epoch; otherwise now. */
  readonly receivedAtMs?: number | undefined;
  readonly importance?: Importance | undefined;
  readonly hasAttachments?: boolean | undefined;
  readonly isRead?: boolean | undefined;
  readonly isDraft?: boolean | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly to?: readonly Address[] | undefined;
  readonly cc?: readonly Address[] | undefined;
  readonly conversationId?: string | undefined;
  readonly inferenceClassification?: 'focused' | 'other' | undefined;
  /** Headers by name, as List-Unsubscribe. */
  readonly headers?: Readonly<Record<string, string | null>> | undefined;
  /** True: a draft that an app made, and may delete. */
  readonly byApp?: boolean | undefined;
  /** Folder id or well-known name; otherwise the inbox. */
  readonly folder?: string | undefined;
}

/** Sequences of the last change of each part of a message: what a delta round has still to tell. */
interface ChangedAt {
  placed: number;
  isRead: number;
  flag: number;
  categories: number;
}

/** A message in a mailbox. Times are milliseconds since the epoch. */
export interface Message {
  /** The immutable id. */
  readonly id: string;
  /** The id that changes with every move. */
  mutableId: string;
  folderId: string;
  /** Counts the changes: changeKey and etag are made of it. */
  version: number;
  modifiedAtMs: number;
  readonly changedAt: ChangedAt;
  /** Until when it stays readable in Recoverable Items; undefined elsewhere. */
  recoverableUntilMs: number | undefined;
  /** How many reads by id still miss it, right after it came. */
  missesLeft: number;
  isRead: boolean;
  flag: Flag;
  categories: readonly string[];
  readonly receivedAtMs: number;
  readonly createdAtMs: number;
  readonly subject: string;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly importance: Importance;
  readonly hasAttachments: boolean;
  readonly isDraft: boolean;
  readonly conversationId: string;
  readonly internetMessageId: string;
  readonly inferenceClassification: 'focused' | 'other';
  readonly headers: Readonly<Record<string, string | null>>;
  /** True for a draft that an app made. */
  readonly byApp: boolean;
  readonly shape: MessageShape;
}

/** What a PATCH, or a person, may change of a message. */
export interface MessageChanges {
  readonly isRead?: boolean | undefined;
  readonly flag?: Flag | undefined;
  readonly categories?: readonly string[] | undefined;
}

interface Placement {
  readonly id: string;
  readonly mutableId: string;
  readonly folderId: string;
  readonly owner: Address;
  readonly nowMs: number;
}

/** The message that a draft becomes when it is delivered. */
export function deliveredMessage(draft: MessageDraft, { id, mutableId, folderId, owner, nowMs }: Placement): Message {
  const from =
    typeof draft.from === 'string' ? { name: draft.from.split('@')[0] ?? draft.from, address: draft.from } : draft.from;
  return {
    id,
    mutableId,
    folderId,
    version: 1,
    modifiedAtMs: nowMs,
    changedAt: { placed: 0, isRead: 0, flag: 0, categories: 0 },
    recoverableUntilMs: undefined,
    missesLeft: 0,
    isRead: draft.isRead ?? false,
    flag: { flagStatus: 'notFlagged' },
    categories: draft.categories ?? [],
    receivedAtMs: draft.receivedAtMs ?? nowMs,
    createdAtMs: nowMs,
    subject: draft.subject ?? '(no subject)',
    from,
    to: draft.to ?? [owner],
    cc: draft.cc ?? [],
    importance: draft.importance ?? 'normal',
    hasAttachments: draft.hasAttachments ?? false,
    isDraft: draft.isDraft ?? false,
    conversationId: draft.conversationId ?? `AAQkAG${id.slice(-16)}`,
    internetMessageId: `<${id.slice(-16)}@${from.address.split('@')[1] ?? 'localhost'}>`,
    inferenceClassification: draft.inferenceClassification ?? 'focused',
    headers: draft.headers ?? {},
    byApp: draft.byApp ?? false,
    shape: shapeOf(draft),
  };
}
