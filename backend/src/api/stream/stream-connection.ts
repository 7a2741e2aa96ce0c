import {
  countUnread,
  cursorOf,
  readNotificationsAfter,
  type StoredNotification,
} from '../../accounts/notifications.ts';
import { type ChangeHint, mergeHints } from '../../accounts/change-hints.ts';
import { formatEvent, formatOpening, heartbeat } from '../../http/event-stream.ts';
import { Wakeup } from '../../http/event-stream-wakeup.ts';
import type { Clock } from '../../lib/clock.ts';
import { presentNotification } from '../notifications/notifications.presenter.ts';
import { advance, beginAt, encodePosition, isUnsent, type StreamPosition } from './stream-position.ts';

const retryMs = 5_000;
const rowsAtOnce = 50;

export interface ConnectionDeps {
  readonly userId: string;
  readonly clock: Clock;
  /** Tells if the session that opened the stream is still open. */
  readonly isOpen: () => Promise<boolean>;
  /** Told when the store does not answer; the stream goes on with the next beat. */
  readonly onFault: (error: unknown) => void;
}

/** The position of a reader who was never here: all that is there counts as known. */
export async function positionOfNewReader(userId: string, now: number): Promise<StreamPosition> {
  let position = beginAt(now);
  for await (const row of rowsAfter(userId, position)) position = advance(position, cursorOf(row), now);
  return position;
}

/** Every notification that follows a position, the oldest first, whether it counts as sent or not. */
async function* rowsAfter(userId: string, { after }: StreamPosition): AsyncGenerator<StoredNotification, void, void> {
  let from = after;
  for (;;) {
    const rows = await readNotificationsAfter(userId, from, rowsAtOnce);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    from = cursorOf(last);
  }
}

/** One open stream. Nothing is read before the reader has taken what came before: little of it is in memory. */
export class StreamConnection {
  readonly #deps: ConnectionDeps;
  readonly #wakeup = new Wakeup();
  #position: StreamPosition;
  #unread: number | undefined;
  #hint: ChangeHint | undefined;
  #isBeatDue = false;
  #hasEnded = false;
  #handedOver = 0;
  #isHandingOver = false;
  #handedOverAtBeat = 0;

  constructor(deps: ConnectionDeps, position: StreamPosition) {
    this.#deps = deps;
    this.#position = position;
  }

  /** There may be something to send. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** Something other than notifications has changed: the reader is told, unless the stream is lost before. */
  hint(hint: ChangeHint): void {
    this.#hint = this.#hint === undefined ? hint : mergeHints(this.#hint, hint);
    this.#wakeup.wake();
  }

  /**
   * A beat has passed: the reader gets a sign of life and what was missed, if the session still stands.
   * @returns false when the reader has taken nothing of what there is since the last beat
   */
  beat(): boolean {
    const isStuck = this.#isHandingOver && this.#handedOver === this.#handedOverAtBeat;
    this.#handedOverAtBeat = this.#handedOver;
    this.#isBeatDue = true;
    this.#wakeup.wake();
    return !isStuck;
  }

  /** Ends the stream once the reader has taken what it was given. */
  end(): void {
    this.#hasEnded = true;
    this.#wakeup.wake();
  }

  /** Yields what the reader gets, piece by piece. */
  async *chunks(): AsyncGenerator<string, void, void> {
    for await (const chunk of this.#life()) {
      this.#handedOver += 1;
      this.#isHandingOver = true;
      yield chunk;
      this.#isHandingOver = false;
    }
  }

  async *#life(): AsyncGenerator<string, void, void> {
    yield formatOpening(retryMs);
    while (!this.#hasEnded) {
      try {
        if (!(await this.#deps.isOpen())) return;
        yield* this.#takeHint();
        yield* this.#changes();
      } catch (error) {
        this.#deps.onFault(error);
      }
      await this.#wakeup.next();
      if (this.#isBeatDue && !this.#hasEnded) yield heartbeat;
      this.#isBeatDue = false;
    }
  }

  *#takeHint(): Generator<string, void, void> {
    const hint = this.#hint;
    this.#hint = undefined;
    if (hint !== undefined) yield this.#event('changed', hint);
  }

  async *#changes(): AsyncGenerator<string, void, void> {
    const { userId, clock } = this.#deps;
    for await (const row of rowsAfter(userId, this.#position)) {
      const cursor = cursorOf(row);
      if (!isUnsent(this.#position, cursor)) continue;
      this.#position = advance(this.#position, cursor, clock());
      yield this.#event('notification', presentNotification(row));
      if (this.#hasEnded) return;
    }
    const unread = await countUnread(userId);
    if (unread === this.#unread) return;
    this.#unread = unread;
    yield this.#event('unread', { unread });
  }

  #event(event: string, data: unknown): string {
    return formatEvent({ event, id: encodePosition(this.#position), data });
  }
}
