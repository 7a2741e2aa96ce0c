import mongoose from 'mongoose';
import { configureMongoose } from '../../../../src/config/database.ts';

const writes = new Set(['insert', 'update', 'delete', 'findAndModify']);

class Died extends Error {}

/**
 * A connection over which nothing goes any more after a given write, as after kill -9: the write itself is applied,
 * its answer is not heard, and whatever is tried afterwards does not leave.
 */
export class DyingStore {
  #writesLeft = Number.POSITIVE_INFINITY;

  /** Connects mongoose. */
  static async connect(uri: string): Promise<DyingStore> {
    configureMongoose();
    await mongoose.connect(uri, { monitorCommands: true });
    return new DyingStore();
  }

  private constructor() {
    mongoose.connection
      .getClient()
      .on('commandStarted', () => {
        if (this.#writesLeft <= 0) throw new Died('Nothing leaves a dead process');
      })
      .on('commandSucceeded', ({ commandName }) => {
        if (!writes.has(commandName)) return;
        this.#writesLeft -= 1;
        if (this.#writesLeft <= 0) throw new Died('The process died');
      });
  }

  /**
   * Runs `act`, which dies right after its write number `count`; afterwards the store can be used again.
   * @returns whether it died; false: it ended before
   */
  async dieAfter(count: number, act: () => Promise<unknown>): Promise<boolean> {
    this.#writesLeft = count;
    try {
      await act();
      return false;
    } catch (error) {
      if (this.#writesLeft > 0) throw error;
      return true;
    } finally {
      this.#writesLeft = Number.POSITIVE_INFINITY;
    }
  }
}
