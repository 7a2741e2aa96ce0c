import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, models } from '../../../../src/models/index.ts';
import { connectTestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { StagingWorld } from './staging-world.ts';

/** The clocks of these tests are moved by days. */
const tokenMs = 30 * dayMs;

/** A database and a Microsoft 365 for the mailboxes of one test file. */
export interface StagingStage extends AsyncDisposable {
  readonly emulator: Emulator;
  /** A new mailbox, with no faults left from the last. */
  newWorld(): Promise<StagingWorld>;
}

export async function startStagingStage(): Promise<StagingStage> {
  const database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  const emulator = await startEmulator({ lifetimes: { accessTokenMs: tokenMs } });
  return {
    emulator,
    newWorld: () => {
      emulator.faults.clear();
      return StagingWorld.start(emulator);
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await database.drop();
    },
  };
}
