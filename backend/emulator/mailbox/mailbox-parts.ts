import type { EmulatorClock } from '../clock.ts';
import type { IdMint } from '../ids.ts';
import type { TruthLedger } from '../ledgers/truth.ts';
import type { Mailbox } from './mailbox.ts';
import type { Address, Message, MessageDraft } from './message.ts';
import type { RecoverableRules } from './recoverable-items.ts';

/** Told to subscribers: a message came, changed, moved or went. */
export type MailboxChange =
  | { readonly kind: 'created' | 'updated'; readonly message: Message }
  | { readonly kind: 'moved'; readonly message: Message; readonly fromFolderId: string; readonly oldMutableId: string }
  | { readonly kind: 'deleted'; readonly message: Message; readonly fromFolderId: string };

/** Decides, each time anew, how awkward a mailbox is. */
export interface Whims {
  /** True when the next move shows in delta rounds as a removal only. */
  hidesArrival(): boolean;
  /** True when the next move gives the message another immutable id. */
  changesId(): boolean;
  /** The draft as the mailbox gets it. */
  bend(draft: MessageDraft): MessageDraft;
  /** How many reads by id miss a message that has just come. */
  misses(): number;
}

export interface MailboxParts {
  readonly owner: Address;
  readonly clock: EmulatorClock;
  readonly ids: IdMint;
  readonly truth: TruthLedger;
  readonly recoverable: RecoverableRules;
  readonly whims: Whims;
  readonly onChange: (mailbox: Mailbox, change: MailboxChange) => void;
}
