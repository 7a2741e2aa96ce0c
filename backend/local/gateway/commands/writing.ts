import { type Doc, docsOf, numberOf, parseExact, parsePlain, serialize, splitSequence } from '../documents.ts';
import { describeDuplicate, documentOfUpdate } from '../duplicate-key.ts';
import { duplicateKeyCode, mongoCode, unpackSqlState } from '../error-codes.ts';
import {
  deleteStatement,
  findAndModifyStatement,
  indexKeyStatement,
  insertStatement,
  updateStatement,
  type Statement,
  type WriteRow,
} from '../sql.ts';
import { type Command, collectionOf, type Reply, type Request, type Services } from './command.ts';
import { repeatLostUpserts } from './upsert-races.ts';

const insert: Command = async (request, services) => {
  const outcome = await runBatch(insertStatement, 'documents', request, services);
  return outcome.failed ? explained(outcome.reply, 'documents', request, services) : outcome.reply;
};

const remove: Command = async (request, services) => {
  const outcome = await runBatch(deleteStatement, 'deletes', request, services);
  return outcome.failed ? explained(outcome.reply, 'deletes', request, services) : outcome.reply;
};

const update: Command = async (request, services) => {
  const outcome = await runBatch(updateStatement, 'updates', request, services);
  if (!outcome.failed) return outcome.reply;
  const reply = await repeatLostUpserts({
    reply: outcome.reply,
    operations: operationsOf('updates', request, parseExact),
    ordered: request.spec['ordered'] !== false,
    run: async (updates) => {
      const body = serialize({ ...request.spec, updates });
      const again = await runBatch(updateStatement, 'updates', { ...request, body, sequences: new Map() }, services);
      return again.failed ? again.reply : parseExact(again.reply);
    },
  });
  return explained(reply, 'updates', request, services);
};

const findAndModify: Command = async ({ database, body }, { engine }) => {
  const { document } = await engine.one(findAndModifyStatement, [database, body]);
  return document;
};

type Outcome = { failed: false; reply: Buffer } | { failed: true; reply: Doc };

/** Runs a batch of writes. A reply with write errors comes back parsed, with MongoDB's error codes in it. */
async function runBatch(
  statement: Statement<WriteRow>,
  field: string,
  { database, body, sequences }: Request,
  { engine }: Services,
): Promise<Outcome> {
  const row = await engine.one(statement, [database, body, sequences.get(field) ?? null]);
  if (row.succeeded) return { failed: false, reply: row.document };
  const reply = parseExact(row.document);
  for (const error of docsOf(reply['writeErrors'])) {
    error['code'] = mongoCode(unpackSqlState(numberOf(error['code'], 0)));
  }
  return { failed: true, reply };
}

/** The operations of a batch, from its document sequence or from its body. */
function operationsOf(field: string, request: Request, parse: (bytes: Uint8Array) => Doc): Doc[] {
  const sequence = request.sequences.get(field);
  return sequence === undefined ? docsOf(parse(request.body)[field]) : splitSequence(sequence).map(parse);
}

/** Adds to every duplicate-key error of a reply which key it was. */
async function explained(reply: Doc, field: string, request: Request, { engine }: Services): Promise<Reply> {
  const { database } = request;
  const collection = collectionOf(request);
  let operations: Doc[] | undefined;
  for (const error of docsOf(reply['writeErrors'])) {
    const indexName = /Index '(.+)'/.exec(String(error['errmsg']))?.[1];
    if (error['code'] !== duplicateKeyCode || indexName === undefined) continue;
    const row = await engine.find(indexKeyStatement, [database, collection, indexName]);
    operations ??= operationsOf(field, request, parsePlain);
    const operation = operations[numberOf(error['index'], 0)] ?? {};
    const duplicate = {
      namespace: `${database}.${collection}`,
      indexName,
      keyPattern: row === undefined ? { _id: 1 } : parsePlain(row.document),
      document: field === 'updates' ? documentOfUpdate(operation) : operation,
    };
    Object.assign(error, describeDuplicate(duplicate));
  }
  return reply;
}

/** Commands that write documents. */
export const writingCommands: Readonly<Record<string, Command>> = {
  insert,
  update,
  delete: remove,
  findAndModify,
  findandmodify: findAndModify,
};
