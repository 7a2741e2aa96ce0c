import { type Doc, docsOf, numberOf } from '../documents.ts';
import { duplicateKeyCode } from '../error-codes.ts';

/** How often an upsert that lost is run again; mongod gives up too when it keeps losing. */
const maxRounds = 3;

interface LostUpserts {
  /** The reply of the first run, with write errors in it. */
  reply: Doc;
  /** Every operation `{q, u, upsert, …}` of the batch. */
  operations: readonly Doc[];
  ordered: boolean;
  /** Runs some of the operations; the reply counts them from 0. */
  run: (operations: Doc[]) => Promise<Doc>;
}

/**
 * Two upserts that meet both try to insert, and one gets a duplicate key. As in mongod, that one runs again, now as
 * an update of what the other has inserted. Returns the reply of the whole batch.
 */
export async function repeatLostUpserts({ reply, operations, ordered, run }: LostUpserts): Promise<Doc> {
  let merged = reply;
  for (let round = 0; round < maxRounds; round += 1) {
    const lost = docsOf(merged['writeErrors'])
      .filter((error) => error['code'] === duplicateKeyCode && operations[indexOf(error)]?.['upsert'] === true)
      .map((error) => indexOf(error));
    const [first] = lost;
    if (first === undefined) return merged;
    // An ordered batch stopped at its first error, so everything behind it has yet to run
    const indexes = ordered ? operations.map((_, index) => index).slice(first) : lost;
    const again = await run(pick(operations, indexes));
    merged = merge(merged, again, indexes);
  }
  return merged;
}

function pick(operations: readonly Doc[], indexes: readonly number[]): Doc[] {
  const wanted = new Set(indexes);
  return operations.filter((_, index) => wanted.has(index));
}

/** The reply of a batch after the operations at `indexes` ran again with the reply `again`. */
function merge(before: Doc, again: Doc, indexes: readonly number[]): Doc {
  const renumber = (entry: Doc): Doc => ({ ...entry, index: indexes[indexOf(entry)] ?? indexOf(entry) });
  const repeated = new Set(indexes);
  const kept = docsOf(before['writeErrors']).filter((error) => !repeated.has(indexOf(error)));
  const writeErrors = [...kept, ...docsOf(again['writeErrors']).map(renumber)];
  const upserted = [...docsOf(before['upserted']), ...docsOf(again['upserted']).map(renumber)];
  const { writeErrors: _errors, upserted: _upserted, ...rest } = before;
  return {
    ...rest,
    n: numberOf(before['n'], 0) + numberOf(again['n'], 0),
    nModified: numberOf(before['nModified'], 0) + numberOf(again['nModified'], 0),
    ...(upserted.length > 0 ? { upserted: upserted.toSorted(byIndex) } : {}),
    ...(writeErrors.length > 0 ? { writeErrors: writeErrors.toSorted(byIndex) } : {}),
  };
}

function indexOf(entry: Doc): number {
  return numberOf(entry['index'], 0);
}

function byIndex(one: Doc, other: Doc): number {
  return indexOf(one) - indexOf(other);
}
