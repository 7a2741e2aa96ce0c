/** Derived types that Graph gives beside messages, without their namespace. */
export const derivedTypes = [
  'eventMessage',
  'eventMessageRequest',
  'eventMessageResponse',
  'calendarSharingMessage',
] as const;
type MessageType = 'message' | (typeof derivedTypes)[number];

/** Items of other kinds that lie in mail folders: Graph gives them as plain messages, without a sender. */
export const senderlessKinds = ['contact', 'task', 'appointment', 'draft'] as const;

/** The parts of a draft that say in which form Graph gives the message. */
export interface ShapeDraft {
  readonly type?: MessageType | undefined;
  /** Something that is no message at all. */
  readonly kind?: (typeof senderlessKinds)[number] | undefined;
  /** Properties that every answer leaves out, although they are selected. */
  readonly absent?: readonly string[] | undefined;
  /** Properties that every answer gives as null. */
  readonly nulls?: readonly string[] | undefined;
  /** True: the lists of recipients have entries without an address. */
  readonly recipientHoles?: boolean | undefined;
  /** True: read by id it is 500 `ErrorCorruptData`, and pages give no more of it than its id. */
  readonly corrupt?: boolean | undefined;
}

/** The form in which Graph gives a message; what really is in the mailbox does not depend on it. */
export interface MessageShape {
  readonly type: MessageType;
  readonly absent: ReadonlySet<string>;
  readonly nulls: ReadonlySet<string>;
  readonly hasRecipientHoles: boolean;
  readonly isCorrupt: boolean;
}

const senderProperties = ['from', 'sender'];

export function shapeOf({ type, kind, absent = [], nulls = [], recipientHoles, corrupt }: ShapeDraft): MessageShape {
  return {
    type: type ?? 'message',
    absent: new Set([...absent, ...(kind === undefined ? [] : senderProperties)]),
    nulls: new Set(nulls),
    hasRecipientHoles: recipientHoles ?? false,
    isCorrupt: corrupt ?? false,
  };
}
