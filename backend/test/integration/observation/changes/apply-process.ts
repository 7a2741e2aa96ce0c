import { text } from 'node:stream/consumers';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { configureMongoose } from '../../../../src/config/database.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import type { Observation } from '../../../../src/observation/changes/observation.ts';
import { mailboxOf } from './looks.ts';

/** What a process of its own is to do, as EJSON on its standard input. */
export interface Task {
  readonly uri: string;
  readonly userId: mongoose.Types.ObjectId;
  readonly mailboxId: mongoose.Types.ObjectId;
  readonly eventsSince: Date;
  readonly watchedSince: Date;
  readonly looks: readonly Observation[];
  /** Before which of its commands to the store it is killed. */
  readonly dieBefore: number | null;
}

const { uri, looks, dieBefore, ...fields }: Task = EJSON.parse(await text(process.stdin));
configureMongoose();
await mongoose.connect(uri, { monitorCommands: true, minPoolSize: 1 });
let commands = 0;
mongoose.connection.getClient().on('commandStarted', () => {
  commands += 1;
  if (commands === dieBefore) process.kill(process.pid, 'SIGKILL');
});
await applyObservations(mailboxOf(fields), looks);
process.stdout.write(String(commands));
await mongoose.disconnect();
