import { once } from 'node:events';
import { join } from 'node:path';
import { describeEnd, launchMeasured, type Launched, terminate } from './processes.ts';
import { type Environment, yardstickFolder } from './environment.ts';

export type YardstickName = 'import' | 'express' | 'worker';

/** A process to compare the service with; it has said that it is ready. */
export interface Yardstick {
  readonly launched: Launched;
  /** From the start of the process to its word that it is ready, in milliseconds. */
  readonly readyMs: number;
  /** Ends it with SIGTERM. @returns milliseconds until the process had ended */
  stop(): Promise<number>;
}

/** Starts yardstick-<name>.ts, as it was built. @throws when it ends before it is ready */
export async function startYardstick(
  environment: Environment,
  name: YardstickName,
  args: string[] = [],
): Promise<Yardstick> {
  const launched = launchMeasured({
    args: [join(yardstickFolder(environment.folder), `yardstick-${name}.js`), ...args],
    logFile: join(environment.folder, `yardstick-${name}.log`),
    readOutput: true,
  });
  const { stdout } = launched.process;
  if (stdout === null) throw new Error(`The output of yardstick-${name} cannot be read`);
  const giveUp = new AbortController();
  launched.process.once('exit', () => giveUp.abort());
  try {
    await once(stdout, 'data', { signal: giveUp.signal });
  } catch {
    throw describeEnd(launched);
  }
  const readyMs = performance.now() - launched.startedAt;
  return { launched, readyMs, stop: () => terminate(launched) };
}
