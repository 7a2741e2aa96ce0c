import type { Logger } from '../logger.ts';

/** The end of the process and its exit code. */
export interface Termination {
  /** Aborted when the process must end. */
  readonly signal: AbortSignal;
  /** Returns 0 after SIGTERM or SIGINT; 1 after an uncaught error. */
  readonly exitCode: () => number;
}

/**
 * Listens for SIGTERM, SIGINT and uncaught errors. A second signal is only logged.
 * @param log returns the current logger
 */
export function watchTermination(log: () => Logger): Termination {
  const controller = new AbortController();
  let exitCode = 0;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      log().info(controller.signal.aborted ? 'Already stopping' : 'Stopping', { signal: name });
      controller.abort(new Error(`${name} received`));
    });
  }
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(name, (error: unknown) => {
      exitCode = 1;
      log().error('Uncaught error: stopping', { kind: name, error });
      controller.abort(error);
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
