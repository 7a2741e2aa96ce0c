import type { Logger } from '../logger.ts';

/** Why the process is to end, and the exit code that it asks for. */
export interface Termination {
  /** Aborted as soon as the process is told, or has, to end. */
  readonly signal: AbortSignal;
  /** 0 after SIGTERM or SIGINT; 1 as soon as an error was caught by nobody. */
  readonly exitCode: () => number;
}

/**
 * Listens for what ends a process: SIGTERM, SIGINT, and errors that nobody caught. A second signal changes nothing.
 * @param log gives the logger of the moment, which is told of each
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
      log().error('An error was caught by nobody: stopping', { kind: name, error });
      controller.abort(error);
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
