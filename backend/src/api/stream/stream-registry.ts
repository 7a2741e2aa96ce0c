import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { followSignals } from '../../accounts/notification-pubsub.ts';
import { allTopics, type ChangeHint, mergeHints } from '../../accounts/change-hints.ts';
import type { Clock } from '../../lib/clock.ts';
import { Coalescer } from '../../lib/coalescer.ts';
import { AppError, toError } from '../../lib/errors.ts';
import type { LogLimiter } from '../../lib/log-limiter.ts';
import type { Logger } from '../../lib/logger.ts';
import { openStreams } from '../../lib/metrics.ts';
import { positionOfNewReader, StreamConnection } from './stream-connection.ts';
import type { StreamPosition } from './stream-position.ts';

/** Shorter than proxies keep a silent connection. Also the delay of a notification whose signal was lost. */
const defaultBeatMs = 15_000;
const maxOfUser = 10;
/** Least time between two hints to a person. */
const hintMs = 1_000;
/** Time for readers to receive the end of the stream when the service stops. */
const endMs = 500;

export interface StreamDeps {
  /** An unopened Redis connection used for this alone; its owner closes it. */
  readonly subscriber: Redis;
  /** Returns true while a session is open; must not prolong it. */
  readonly isSessionOpen: (sessionId: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly beatMs?: number;
}

/** The reader of a stream. */
export interface StreamReader {
  readonly userId: string;
  readonly sessionId: string;
  /** The position to continue from; undefined for a new reader. */
  readonly position: StreamPosition | undefined;
  /** Aborted when the reader disconnects. */
  readonly gone: AbortSignal;
  /** Closes the connection at once. */
  readonly cut: () => void;
}

interface OpenStream {
  readonly userId: string;
  readonly connection: StreamConnection;
  readonly cut: () => void;
  /** Resolves when the reader has disconnected. */
  readonly closed: Promise<void>;
}

/** The open streams of this process, woken by the notification signals of any process and by every heartbeat. */
export class NotificationStreams {
  readonly #deps: StreamDeps;
  readonly #streams = new Set<OpenStream>();
  readonly #hints = new Coalescer<ChangeHint>({
    intervalMs: hintMs,
    merge: mergeHints,
    emit: (userId, hint) => this.#forEach(userId, (connection) => connection.hint(hint)),
  });
  #beat: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(deps: StreamDeps) {
    this.#deps = deps;
  }

  /** Starts to listen for notification signals. */
  start(): void {
    const { subscriber, beatMs = defaultBeatMs } = this.#deps;
    followSignals(subscriber, {
      onSignal: (userId) => this.#forEach(userId, (connection) => connection.wake()),
      onHint: (userId, hint) => this.#hints.add(userId, hint),
      onGap: () => this.#hintAll(),
    });
    this.#beat = setInterval(() => this.#beatAll(), beatMs);
  }

  /**
   * Opens a stream.
   * @returns the chunks to send; ends when the reader disconnects, the session ends, or the service stops
   * @throws AppError 429 too_many_streams
   */
  async open(reader: StreamReader): Promise<AsyncIterable<string>> {
    const { clock, isSessionOpen, logger, limiter } = this.#deps;
    const { userId, sessionId, gone, cut } = reader;
    const position = reader.position ?? (await positionOfNewReader(userId, clock()));
    this.#requireRoom(userId);
    const connection = new StreamConnection(
      {
        userId,
        clock,
        isOpen: () => isSessionOpen(sessionId),
        onFault: (error) =>
          limiter.warn(logger, 'Stream is waiting for MongoDB', 'streams', { error: toError(error).message }),
      },
      position,
    );
    if (this.#isEnding) connection.end();
    void this.#keep({ userId, connection, cut, closed: untilAborted(gone) });
    return connection.chunks();
  }

  /** Ends every stream, and new ones at once: browsers reconnect to another process. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    clearInterval(this.#beat);
    this.#hints.stop();
    const streams = [...this.#streams];
    for (const { connection } of streams) connection.end();
    const closed = Promise.all(streams.map((stream) => stream.closed));
    await pTimeout(closed, { milliseconds: endMs, fallback: () => [] });
    for (const { cut } of this.#streams) cut();
  }

  #requireRoom(userId: string): void {
    let open = 0;
    for (const stream of this.#streams) if (stream.userId === userId) open += 1;
    if (open < maxOfUser) return;
    throw new AppError(429, 'too_many_streams', `At most ${maxOfUser} streams per user can be open: close one`);
  }

  async #keep(stream: OpenStream): Promise<void> {
    this.#streams.add(stream);
    openStreams.inc();
    await stream.closed;
    stream.connection.end();
    this.#streams.delete(stream);
    openStreams.dec();
  }

  #forEach(userId: string, tell: (connection: StreamConnection) => void): void {
    for (const stream of this.#streams) if (stream.userId === userId) tell(stream.connection);
  }

  /** Signals of anybody may have been missed. */
  #hintAll(): void {
    for (const { connection } of this.#streams) connection.hint(allTopics);
  }

  #beatAll(): void {
    for (const { connection, cut } of this.#streams) if (!connection.beat()) cut();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
