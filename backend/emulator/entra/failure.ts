import { randomUUID } from 'node:crypto';
import type { EmulatorReply } from '../http/exchange.ts';

/** An answer of the sign-in service that is an OAuth error. */
export class EntraFailure extends Error {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  readonly suberror: string | undefined;

  constructor(
    error: string,
    code: number,
    message: string,
    { status = 400, suberror }: { status?: number; suberror?: string | undefined } = {},
  ) {
    super(message);
    this.name = 'EntraFailure';
    this.status = status;
    this.error = error;
    this.code = code;
    this.suberror = suberror;
  }
}

/** The failure as the token endpoint writes it. */
export function failureReply(failure: EntraFailure, nowMs: number): EmulatorReply {
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    status: failure.status,
    headers: { 'cache-control': 'no-store' },
    body: {
      error: failure.error,
      error_description:
        `AADSTS${failure.code}: ${failure.message} ` +
        `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [failure.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      ...(failure.suberror === undefined ? {} : { suberror: failure.suberror }),
    },
  };
}
