import { BSONError } from 'bson';
import { DatabaseError } from 'pg';
import { collectionOf, type Request, type Services } from './commands/command.ts';
import { type Doc, parsePlain } from './documents.ts';
import { describeDuplicate } from './duplicate-key.ts';
import type { Engine } from './engine.ts';
import { duplicateKeyCode, internalErrorCode, invalidBsonCode, mongoCode } from './error-codes.ts';
import { CommandError, errorReply, messageOf } from './errors.ts';
import { indexKeyStatement, indexNameStatement } from './sql.ts';

/** The reply of a command that failed with `error`. */
export async function replyTo(error: unknown, request: Request, { engine, log }: Services): Promise<Doc> {
  if (error instanceof CommandError) return errorReply(error.code, error.message, error.details);
  if (error instanceof BSONError) return errorReply(invalidBsonCode, error.message);
  if (!(error instanceof DatabaseError)) {
    log(`${request.name} failed: ${error instanceof Error ? error.stack : String(error)}`); // a bug, or bad bytes
    return errorReply(internalErrorCode, messageOf(error));
  }
  const code = mongoCode(error.code);
  return code === duplicateKeyCode ? duplicateReply(error, request, engine) : errorReply(code, error.message);
}

/**
 * A duplicate that fails a whole command (findAndModify, a unique index built over duplicates).
 * PostgreSQL's DETAIL shows the document in hexadecimal: Key (document, …)=(BSONHEX…, …), or for the index
 * on _id: Key (…, object_id)=(…, BSONHEX…).
 */
async function duplicateReply(error: DatabaseError, request: Request, engine: Engine): Promise<Doc> {
  const indexId = /documents_rum_index_(\d+)/.exec(error.constraint ?? '')?.[1];
  const indexName = indexId === undefined ? '_id_' : (await engine.find(indexNameStatement, [indexId]))?.name;
  const collection = collectionOf(request);
  const row = await engine.find(indexKeyStatement, [request.database, collection, indexName]);
  if (indexName === undefined || row === undefined) return errorReply(duplicateKeyCode, 'E11000 duplicate key error'); // still being built
  const { errmsg, ...keys } = describeDuplicate({
    namespace: `${request.database}.${collection}`,
    indexName,
    keyPattern: parsePlain(row.document),
    document: refusedDocument(error.detail ?? '', indexName),
  });
  return errorReply(duplicateKeyCode, errmsg, keys);
}

function refusedDocument(detail: string, indexName: string): Doc {
  const pattern = indexName === '_id_' ? /object_id\)=\([^,]*, BSONHEX([0-9a-f]+)/ : /=\(BSONHEX([0-9a-f]+)/;
  const hex = pattern.exec(detail)?.[1];
  if (hex === undefined) return {};
  const document = parsePlain(Buffer.from(hex, 'hex'));
  // The id is wrapped into a document of one field without a name
  return indexName === '_id_' ? { _id: document[''] } : document;
}
