/**
 * Headers of a stream of Server-Sent Events: nothing on the way may keep it, compress it or collect it before it is
 * handed on.
 */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

export interface StreamEvent {
  readonly event: string;
  /** The Last-Event-ID that a reader sends after losing the stream; a single line. */
  readonly id: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

/** An event as it is sent. JSON has no line breaks, which would end the field. */
export function formatEvent({ event, id, data }: StreamEvent): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The beginning of a stream: how long a reader waits before it comes back. */
export function formatOpening(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

/** Something that a reader ignores and a connection is kept open by. */
export const heartbeat = ':\n\n';
