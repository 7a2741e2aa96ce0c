import type { CursorTable } from '../cursors.ts';
import { type Doc, textOf } from '../documents.ts';
import type { Engine } from '../engine.ts';
import type { Lanes } from '../lanes.ts';
import type { TtlMonitor } from '../ttl-monitor.ts';

/** One command of a client. */
export interface Request {
  /** The first field of the command: its name, as the client wrote it. */
  name: string;
  database: string;
  /** The command as a document with exact BSON types, and the same as bytes. */
  spec: Doc;
  body: Buffer;
  /** Document sequences that came beside the body, by field name. */
  sequences: ReadonlyMap<string, Buffer>;
  connection: Readonly<{ id: number; peer: string }>;
}

/** What commands work with, for as long as one connection to the engine lasts. */
export interface Services {
  engine: Engine;
  cursors: CursorTable;
  lanes: Lanes;
  ttl: TtlMonitor;
  /** Where clients connect to. */
  listening: Readonly<{ host: string; port: number }>;
  connectionCount: () => number;
  log: (line: string) => void;
}

/** A reply as a document, or as the BSON that came from the engine. */
export type Reply = Doc | Buffer;

/** Answers one command. Throws CommandError, pg.DatabaseError or EngineLostError. */
export type Command = (request: Request, services: Services) => Reply | Promise<Reply>;

/** The collection that a command names in its first field. */
export function collectionOf(request: Request): string {
  return textOf(request.spec[request.name], '');
}
