import mongoose, { type Connection, Types } from 'mongoose';
import { EmailEvent } from '../../src/models/EmailEvent.ts';
import { MessageState } from '../../src/models/MessageState.ts';

interface Work {
  readonly mongoUri: string;
  readonly pages: number;
  readonly pageSize: number;
  /** Number of pages written at the same time. */
  readonly writers: number;
}

/**
 * Writes a state and an event for each message, page by page, by bulk upserts into collections with the same indexes.
 * Uses the driver alone: nothing is read, compared or repeated.
 * @returns messages per second
 */
export async function bareWriteRate({ mongoUri, pages, pageSize, writers }: Work): Promise<number> {
  const connection = await mongoose.createConnection(mongoUri).asPromise();
  try {
    const [states, events] = await Promise.all([
      emptyCopy(connection, MessageState),
      emptyCopy(connection, EmailEvent),
    ]);
    let left = pages;
    const write = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const page = rowsOfPage(pageSize);
        await connection.collection(states).bulkWrite(
          page.map(({ state }) => state),
          { ordered: false },
        );
        await connection.collection(events).bulkWrite(
          page.map(({ event }) => event),
          { ordered: false },
        );
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: writers }, write));
    return (pages * pageSize) / ((performance.now() - startedAt) / 1_000);
  } finally {
    await connection.close();
  }
}

/** @returns the name of an empty collection with the indexes of this model */
async function emptyCopy(connection: Connection, model: typeof MessageState | typeof EmailEvent): Promise<string> {
  const name = `bare_${model.collection.collectionName}`;
  await connection.createCollection(name);
  for (const [keys, { expireAfterSeconds, unique, partialFilterExpression }] of model.schema.indexes()) {
    await connection
      .collection(name)
      .createIndex(Object.fromEntries(Object.entries(keys).map(([path, way]) => [path, Number(way)])), {
        ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
        ...(unique === undefined ? {} : { unique: unique === true }),
        ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
      });
  }
  return name;
}

function rowsOfPage(size: number) {
  const [userId, mailboxId, now] = [new Types.ObjectId(), new Types.ObjectId(), new Date()];
  const sender = { email: 'sender1@list1.example', domain: 'list1.example' };
  return Array.from({ length: size }, () => {
    const messageId = `AAkALg${new Types.ObjectId().toString()}AA=`;
    const folderId = `AQMkAD${mailboxId.toString()}AuAA=`;
    const at = { userId, mailboxId, messageId };
    const state = {
      folderId,
      isRead: false,
      flag: 'notFlagged',
      categories: [],
      sender,
      receivedAt: now,
      observedAt: now,
    };
    const event = { timestamp: now, sender, subject: 'Report 1', receivedAt: now, toFolder: folderId, updatedAt: now };
    return {
      state: {
        updateOne: {
          filter: { mailboxId, messageId },
          update: { $set: { ...at, ...state, version: 1 } },
          upsert: true,
        },
      },
      event: {
        updateOne: {
          filter: { ...at, eventType: 'arrived' },
          update: { $set: event, $inc: { occurrences: 1 } },
          upsert: true,
        },
      },
    };
  });
}
