import { BSON } from 'bson';
import { type Doc, docsOf, isDoc, parseExact, serialize } from '../documents.ts';
import { cursorNotFoundCode } from '../error-codes.ts';
import { CommandError } from '../errors.ts';
import {
  aggregateStatement,
  countStatement,
  distinctStatement,
  findStatement,
  getMoreStatement,
  killCursorsStatement,
  listCollectionsStatement,
  listIndexesStatement,
} from '../sql.ts';
import type { PageRow, Statement } from '../sql.ts';
import type { Command, Request, Services } from './command.ts';
import { explain } from './explain.ts';

/** Runs the first page of a cursor and keeps what is needed for the next one. */
async function firstPage(statement: Statement<PageRow>, request: Request, services: Services): Promise<Buffer> {
  const { database, body } = request;
  const { document, continuation } = await services.engine.one(statement, [database, body]);
  if (continuation !== null) services.cursors.keep(cursorId(document), database, continuation);
  return document;
}

function cursorId(page: Buffer): string {
  const { cursor } = BSON.deserialize(page, { promoteLongs: false, fieldsAsRaw: { firstBatch: true } });
  return isDoc(cursor) ? String(cursor['id']) : '0';
}

const find: Command = (request, services) => firstPage(findStatement, request, services);
const listCollections: Command = (request, services) => firstPage(listCollectionsStatement, request, services);

const aggregate: Command = (request, services) =>
  request.spec['explain'] === true ? explain(request, services) : firstPage(aggregateStatement, request, services);

const listIndexes: Command = async (request, services) => {
  const page = parseExact(await firstPage(listIndexesStatement, request, services));
  const { cursor } = page;
  // The engine's own description of an index, which mongod does not have and mongoose would take for a difference
  if (isDoc(cursor)) for (const index of docsOf(cursor['firstBatch'])) delete index['storageEngine'];
  return page;
};

const getMore: Command = async ({ spec, body }, { engine, cursors }) => {
  const id = String(spec['getMore']);
  const cursor = cursors.get(id);
  if (cursor === undefined) throw new CommandError(cursorNotFoundCode, `cursor id ${id} not found`);
  const { document, continuation } = await engine.one(getMoreStatement, [cursor.database, body, cursor.continuation]);
  cursors.keep(id, cursor.database, continuation);
  return document;
};

const killCursors: Command = async ({ spec }, { engine, cursors }) => {
  const ids: unknown[] = Array.isArray(spec['cursors']) ? spec['cursors'] : [];
  const killed = ids.filter((id) => cursors.remove(String(id)));
  if (killed.length > 0) await engine.query(killCursorsStatement, [killed.map(String)]);
  const notFound = ids.filter((id) => !killed.includes(id));
  return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
};

const count: Command = async ({ database, spec, body }, { engine }) => {
  const { document } = await engine.one(countStatement, [
    database,
    hasQuery(spec) ? body : serialize(countEverything(spec)),
  ]);
  return document;
};

function hasQuery(spec: Doc): boolean {
  return isDoc(spec['query']) && Object.keys(spec['query']).length > 0;
}

/** Without a condition the engine answers from statistics that lag behind; a condition that is always true makes it count. */
function countEverything(spec: Doc): Doc {
  return { ...spec, query: { $expr: true } };
}

const distinct: Command = async ({ database, body }, { engine }) => {
  const { document } = await engine.one(distinctStatement, [database, body]);
  return document;
};

/** Commands that read documents or the catalog, and the cursors that they open. */
export const readingCommands: Readonly<Record<string, Command>> = {
  find,
  aggregate,
  listCollections,
  listIndexes,
  getMore,
  killCursors,
  count,
  distinct,
  explain,
};
