import { text } from 'node:stream/consumers';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { automate } from '../../../src/automation/automate.ts';
import { evaluatePending } from '../../../src/automation/evaluate-pending.ts';
import { runMaintenance } from '../../../src/automation/maintenance.ts';
import type { WriteLease } from '../../../src/automation/write-lease.ts';
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
  /** Does all the work of the mailbox, as its maintenance; else what follows an observation. */
  readonly isMaintenance?: boolean;
}

const {
  uri,
  graphUrl: baseUrl,
  accessToken,
  mailboxId,
  dieBefore,
  isMaintenance = false,
}: Task = EJSON.parse(await text(process.stdin));
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
const stagingMs = 60_000;
const deps = { graphOf: () => client, clock: Date.now, stagingMs };
const { signal } = new AbortController();
if (isMaintenance) {
  const evaluate = (lease: WriteLease) => evaluatePending(lease, { stagingMs });
  await runMaintenance({ ...deps, evaluate, continueRuns: async () => ({ more: false }) }, { mailboxId, signal });
} else {
  await automate(deps, { mailboxId, signal });
}
await mongoose.disconnect();
