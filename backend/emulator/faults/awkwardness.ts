import { keysOf } from '../keys-of.ts';
import type { MessageDraft } from '../mailbox/message.ts';
import type { Whims } from '../mailbox/mailbox-parts.ts';
import { SeededRandom } from '../random.ts';
import type { FaultSubject, RequestFault } from './request-faults.ts';

/** How often each kind of awkwardness strikes, 0 to 1. */
export interface AwkwardRates {
  /** Messages, decided when they come: `isRead` is null for good. */
  readonly nullIsRead: number;
  /** `from` and `sender` are absent. */
  readonly noFrom: number;
  readonly noSubject: number;
  readonly noHeaders: number;
  /** Recipient lists with entries that have no address. */
  readonly recipientHoles: number;
  /** Read by id, it is 500 `ErrorCorruptData`. */
  readonly corrupt: number;
  /** It is an eventMessageRequest. */
  readonly invitation: number;
  /** Moves, decided when they happen: delta rounds show a removal only. */
  readonly hiddenArrival: number;
  /** The immutable id changes. */
  readonly idChange: number;
  /** Subscribers are told `created` and `deleted`, instead of `updated` and `created`. */
  readonly createdAndDeleted: number;
  /** Answers, decided each time: a page without items and with a nextLink comes first. */
  readonly emptyPage: number;
  /** An empty page's `value` is null. */
  readonly nullPage: number;
  /** A folder that is asked for by its well-known name comes without its id. */
  readonly folderWithoutId: number;
  /** The folders of a page of delta come in any order. */
  readonly shuffledFolders: number;
  /** A stored delta link is refused: 410, or one of the 400s. */
  readonly decayedLink: number;
  /** Requests: 404 `ResourceNotFound`, which passes. */
  readonly passingNotFound: number;
  /** 404 without a body, which passes. */
  readonly emptyNotFound: number;
  /** 503 without a body. */
  readonly emptyUnavailable: number;
  /** Writes of a message: 409 `ErrorIrresolvableConflict`. */
  readonly conflict: number;
  /** PATCH of a message: 412 `ErrorIrresolvableConflict`. */
  readonly staleWrite: number;
  /** The first read by id of a message that has just come is 404 `ErrorItemNotFound`. */
  readonly lateItem: number;
}

/** All of it, about as often as a large mailbox shows it in a bad week. */
const ordinaryRates: AwkwardRates = {
  nullIsRead: 0.02,
  noFrom: 0.02,
  noSubject: 0.02,
  noHeaders: 0.05,
  recipientHoles: 0.02,
  corrupt: 0.002,
  invitation: 0.05,
  hiddenArrival: 0.2,
  idChange: 0.005,
  createdAndDeleted: 1,
  emptyPage: 0.05,
  nullPage: 0.3,
  folderWithoutId: 0.05,
  shuffledFolders: 1,
  decayedLink: 0.01,
  passingNotFound: 0.005,
  emptyNotFound: 0.002,
  emptyUnavailable: 0.005,
  conflict: 0.02,
  staleWrite: 0.02,
  lateItem: 0.05,
};

/** The names of all rates. */
export const awkwardKinds: readonly (keyof AwkwardRates)[] = keysOf(ordinaryRates);

const harmless: AwkwardRates = withoutAny();

function withoutAny(): AwkwardRates {
  const rates: { -readonly [K in keyof AwkwardRates]: number } = { ...ordinaryRates };
  for (const kind of awkwardKinds) rates[kind] = 0;
  return rates;
}

const seedOffset = 0x5eed;

/** Decides how awkward each answer is. It draws from a sequence of its own, so that it changes no other chance. */
export class Awkwardness implements Whims {
  readonly random: SeededRandom;
  #rates: AwkwardRates = harmless;

  constructor(seed: number, rates: Partial<AwkwardRates> | boolean = false) {
    this.random = new SeededRandom(seed + seedOffset);
    this.set(rates);
  }

  get rates(): AwkwardRates {
    return this.#rates;
  }

  /** @param rates true: all of it at its ordinary rate; false: none; otherwise those named, and none of the others */
  set(rates: Partial<AwkwardRates> | boolean): void {
    this.#rates = rates === true ? ordinaryRates : { ...harmless, ...(rates === false ? {} : rates) };
  }

  strikes(kind: keyof AwkwardRates): boolean {
    return this.random.chance(this.#rates[kind]);
  }

  hidesArrival(): boolean {
    return this.strikes('hiddenArrival');
  }

  changesId(): boolean {
    return this.strikes('idChange');
  }

  misses(): number {
    return this.strikes('lateItem') ? 1 : 0;
  }

  bend(draft: MessageDraft): MessageDraft {
    const absent = [
      ...(this.strikes('noFrom') ? ['from', 'sender'] : []),
      ...(this.strikes('noSubject') ? ['subject'] : []),
      ...(this.strikes('noHeaders') ? ['internetMessageHeaders'] : []),
    ];
    const nulls = this.strikes('nullIsRead') ? ['isRead'] : [];
    const type = this.strikes('invitation') ? 'eventMessageRequest' : undefined;
    const recipientHoles = this.strikes('recipientHoles');
    const corrupt = this.strikes('corrupt');
    return {
      ...draft,
      type: draft.type ?? type,
      absent: [...(draft.absent ?? []), ...absent],
      nulls: [...(draft.nulls ?? []), ...nulls],
      recipientHoles: draft.recipientHoles ?? recipientHoles,
      corrupt: draft.corrupt ?? corrupt,
    };
  }

  /** How a request to Graph fails, if it does. */
  requestFault({ method, path }: Pick<FaultSubject, 'method' | 'path'>): RequestFault | undefined {
    if (this.strikes('passingNotFound')) return passing(404, 'ResourceNotFound', 'Resource could not be discovered.');
    if (this.strikes('emptyNotFound')) return { kind: 'empty', status: 404 };
    if (this.strikes('emptyUnavailable')) return { kind: 'empty', status: 503 };
    const isPatch = method === 'PATCH' && /^\/me\/messages\//i.test(path);
    const isMove = method === 'POST' && /^\/me\/messages\/.*\/move$/i.test(path);
    if ((isPatch || isMove) && this.strikes('conflict')) return conflict(409);
    return isPatch && this.strikes('staleWrite') ? conflict(412) : undefined;
  }
}

function passing(status: number, code: string, message: string): RequestFault {
  return { kind: 'error', status, code, message };
}

function conflict(status: number): RequestFault {
  return passing(status, 'ErrorIrresolvableConflict', 'The send or update operation could not be performed.');
}
