import { isDoc, numberOf, parseExact, textOf } from '../documents.ts';
import { mongoCode, unpackSqlState } from '../error-codes.ts';
import { CommandError } from '../errors.ts';
import * as sql from '../sql.ts';
import { type Command, collectionOf } from './command.ts';

const create: Command = async ({ database, body }, { engine }) => {
  const { document } = await engine.one(sql.createStatement, [database, body]);
  return document;
};

const createIndexes: Command = async (request, { engine }) => {
  const { database, body } = request;
  const { made } = await engine.one(sql.createCollectionStatement, [database, collectionOf(request)]);
  const { document } = await engine.one(sql.createIndexesStatement, [database, body]);
  const { raw } = parseExact(document);
  const result = isDoc(raw) && isDoc(raw['defaultShard']) ? raw['defaultShard'] : {};
  if (result['code'] !== undefined) {
    const code = mongoCode(unpackSqlState(numberOf(result['code'], 0)));
    throw new CommandError(code, textOf(result['errmsg'], 'The index was not built'));
  }
  return { ...result, createdCollectionAutomatically: made, ok: 1 };
};

const dropIndexes: Command = async ({ database, body }, { engine }) => {
  const { document } = await engine.one(sql.dropIndexesStatement, [database, body]);
  return { ...parseExact(document), ok: 1 };
};

const collMod: Command = async (request, { engine }) => {
  const parameters = [request.database, collectionOf(request), request.body];
  const { document } = await engine.one(sql.modifyCollectionStatement, parameters);
  return document;
};

const drop: Command = async (request, { engine }) => {
  const collection = collectionOf(request);
  const { dropped } = await engine.one(sql.dropStatement, [request.database, collection]);
  return dropped ? { ns: `${request.database}.${collection}`, ok: 1 } : { ok: 1 };
};

const dropDatabase: Command = async ({ database }, { engine }) => {
  await engine.query(sql.dropDatabaseStatement, [database]);
  return { dropped: database, ok: 1 };
};

const renameCollection: Command = async (request, { engine }) => {
  const [database, from] = splitNamespace(collectionOf(request));
  const [, to] = splitNamespace(textOf(request.spec['to'], ''));
  await engine.query(sql.renameStatement, [database, from, to, request.spec['dropTarget'] === true]);
  return { ok: 1 };
};

/** `database.collection`; the collection's name may hold dots as well. */
function splitNamespace(namespace: string): [string, string] {
  const dot = namespace.indexOf('.');
  return [namespace.slice(0, dot), namespace.slice(dot + 1)];
}

const collStats: Command = async (request, { engine }) => {
  const parameters = [request.database, collectionOf(request), numberOf(request.spec['scale'], 1)];
  const { document } = await engine.one(sql.collectionStatsStatement, parameters);
  return document;
};

const dbStats: Command = async ({ database, spec }, { engine }) => {
  const { document } = await engine.one(sql.databaseStatsStatement, [database, numberOf(spec['scale'], 1)]);
  return document;
};

const listDatabases: Command = async ({ body }, { engine }) => {
  const { document } = await engine.one(sql.listDatabasesStatement, [body]);
  return document;
};

/** Commands that change the catalog. They run one at a time: concurrent ones deadlock inside the engine. */
export const catalogCommands: Readonly<Record<string, Command>> = {
  create,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  collMod,
  drop,
  dropDatabase,
  renameCollection,
};

/** Commands that describe databases and collections. */
export const statisticsCommands: Readonly<Record<string, Command>> = {
  collStats,
  dbStats,
  dbstats: dbStats,
  listDatabases,
};
