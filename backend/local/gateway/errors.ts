import { codeName } from './error-codes.ts';
import type { Doc } from './documents.ts';

/** A command that fails with a MongoDB error code of our choice; `details` are further fields of the reply. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly code: number;
  readonly details: Doc;

  constructor(code: number, message: string, details: Doc = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The connection to PostgreSQL is gone, so no command can be answered truthfully any more. */
export class EngineLostError extends Error {
  override name = 'EngineLostError';
}

/** The reply of a failed command. */
export function errorReply(code: number, message: string, details: Doc = {}): Doc {
  return { ok: 0, errmsg: message, code, codeName: codeName(code), ...details };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
