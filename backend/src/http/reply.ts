import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** The response of a route. */
export interface Reply {
  readonly status: number;
  /** Sent as JSON; without it, a page and a stream the answer has no body. */
  readonly body?: unknown;
  /** A page for a person at a browser, as HTML. */
  readonly page?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ready-made Set-Cookie values. */
  readonly cookies?: readonly string[];
  /** Sent chunk by chunk; its type is in `headers`. */
  readonly stream?: AsyncIterable<string>;
}

/** Writes a reply. A stream that fails cuts the connection, so that no reader takes it for complete. */
export async function send(response: Response, { status, body, page, headers, cookies, stream }: Reply): Promise<void> {
  response.status(status).set({ ...headers });
  for (const cookie of cookies ?? []) response.append('set-cookie', cookie);
  if (stream !== undefined) await pour(stream, response);
  else if (page !== undefined) response.type('html').send(page);
  else if (body === undefined) response.end();
  else response.json(body);
}

/** A reader that disconnects early is not an error. */
async function pour(stream: AsyncIterable<string>, response: Response): Promise<void> {
  try {
    await pipeline(Readable.from(stream), response);
  } catch (error) {
    const hasLeft = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!hasLeft) throw error;
  }
}
