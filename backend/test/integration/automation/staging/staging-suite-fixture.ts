import { type Emulator, startEmulator } from '../../../../emulator/emulator.ts';
import type { Person } from '../../../../emulator/people.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, models } from '../../../../src/models/index.ts';
import { connectTestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { StagingFixture } from './staging-fixture.ts';

/** The clocks of these tests are moved by days. */
const tokenMs = 30 * dayMs;

/** A database and a Microsoft 365 for the mailboxes of one test file. */
export interface StagingSuite extends AsyncDisposable {
  readonly emulator: Emulator;
  /** A new mailbox, with no faults left from the last. */
  newFixture(person?: Person): Promise<StagingFixture>;
}

export async function startStagingSuite(): Promise<StagingSuite> {
  const database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  const emulator = await startEmulator({ lifetimes: { accessTokenMs: tokenMs } });
  return {
    emulator,
    newFixture: (person) => {
      emulator.faults.clear();
      return StagingFixture.start(emulator, undefined, person);
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await database.drop();
    },
  };
}
