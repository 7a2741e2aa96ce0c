import { DatabaseError } from 'pg';
import { changesCatalog, findCommand } from './command-table.ts';
import { type Command, collectionOf, type Reply, type Request, type Services } from './commands/command.ts';
import { rewriteDateTrunc } from './date-trunc.ts';
import { type Doc, isDoc, parseExact, serialize, splitSequence, textOf } from './documents.ts';
import { commandNotFoundCode, duplicateKeyCode, illegalOperationCode, mongoCode } from './error-codes.ts';
import { CommandError, EngineLostError } from './errors.ts';
import { replyTo } from './error-reply.ts';
import { runWithRetries } from './lanes.ts';
import type { RequestMessage } from './wire.ts';

/** Nobody's fault (serialization failure, deadlock): two statements met, and mongod would have retried inside. */
const retryableStates = new Set(['40001', '40P01']);
const maxRetries = 30;
const maxUpsertRetries = 3;
const catalogLane = 'catalog';

/** Answers one request. Throws only EngineLostError. */
export async function dispatch(
  message: RequestMessage,
  connection: Request['connection'],
  services: Services,
): Promise<Reply> {
  const request: Request = { name: '', database: 'admin', spec: {}, connection, ...message };
  try {
    request.spec = parseExact(message.body);
    [request.name = ''] = Object.keys(request.spec);
    request.database = textOf(request.spec['$db'], 'admin');
    const command = findCommand(request.name);
    if (command === undefined) throw new CommandError(commandNotFoundCode, `no such command: '${request.name}'`);
    refuseTransactions(request.spec);
    return await run(command, withDateTruncRewritten(request), services);
  } catch (error) {
    if (error instanceof EngineLostError) throw error;
    return replyTo(error, request, services);
  }
}

function run(command: Command, request: Request, services: Services): Promise<Reply> {
  return runWithRetries(
    {
      lanes: services.lanes,
      firstLane: changesCatalog(request.name) ? catalogLane : undefined,
      retryLane: `${request.database}.${collectionOf(request)}`,
      mayRetry: (error, attempt) => mayRetry(error, attempt, request.spec),
    },
    async () => command(request, services),
  );
}

function mayRetry(error: unknown, attempt: number, spec: Doc): boolean {
  if (!(error instanceof DatabaseError)) return false;
  if (retryableStates.has(error.code ?? '')) return attempt < maxRetries;
  // findAndModify with upsert met another one; the next attempt finds what that one has inserted
  return spec['upsert'] === true && mongoCode(error.code) === duplicateKeyCode && attempt < maxUpsertRetries;
}

/** The same answer as a mongod without a replica set. A transaction number alone (a retryable write) does no harm. */
function refuseTransactions(spec: Doc): void {
  if (spec['autocommit'] !== false) return;
  const message = 'Transaction numbers are only allowed on a replica set member or mongos';
  throw new CommandError(illegalOperationCode, message);
}

function withDateTruncRewritten(request: Request): Request {
  if (request.name === 'insert') return request; // a document may hold anything
  const sequences = new Map<string, Buffer>();
  for (const [name, bytes] of request.sequences) sequences.set(name, rewriteSequence(bytes));
  if (!request.body.includes('$dateTrunc')) return { ...request, sequences };
  const spec = rewriteSpec(request.spec);
  return { ...request, spec, body: serialize(spec), sequences };
}

function rewriteSequence(bytes: Buffer): Buffer {
  if (!bytes.includes('$dateTrunc')) return bytes;
  return Buffer.concat(splitSequence(bytes).map((part) => serialize(rewriteSpec(parseExact(part)))));
}

function rewriteSpec(spec: Doc): Doc {
  const rewritten = rewriteDateTrunc(spec);
  return isDoc(rewritten) ? rewritten : spec;
}
