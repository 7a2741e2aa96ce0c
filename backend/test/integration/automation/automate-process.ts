import { text } from 'node:stream/consumers';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { automate } from '../../../src/automation/automate.ts';
import { configureMongoose } from '../../../src/config/database.ts';
import { createGraphClient } from '../../../src/graph/client.ts';
import { createMailboxLimiters } from '../../../src/graph/limiter.ts';

/** What a process of its own is to do, as EJSON on its standard input. */
export interface Task {
  readonly uri: string;
  readonly graphUrl: string;
  readonly accessToken: string;
  readonly mailboxId: string;
  /** Before which of its commands to the store it is killed. */
  readonly dieBefore: number;
}

const { uri, graphUrl: baseUrl, accessToken, mailboxId, dieBefore }: Task = EJSON.parse(await text(process.stdin));
configureMongoose();
await mongoose.connect(uri, { monitorCommands: true, minPoolSize: 1 });
let commands = 0;
mongoose.connection.getClient().on('commandStarted', () => {
  commands += 1;
  if (commands === dieBefore) process.kill(process.pid, 'SIGKILL');
});
const client = createGraphClient({
  baseUrl,
  limiter: createMailboxLimiters().of(mailboxId),
  getToken: async () => accessToken,
});
const deps = { graphOf: () => client, clock: Date.now, stagingMs: 60_000 };
await automate(deps, { mailboxId, signal: new AbortController().signal });
await mongoose.disconnect();
