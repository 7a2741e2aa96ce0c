import type { Emulator } from '../../emulator/emulator.ts';
import type { Backend, MeasuredBackendOptions } from './backend.ts';

/** The emulator, service and stores of a flood. */
export interface FloodEnvironment {
  readonly microsoft: Emulator;
  readonly backend: Backend;
  readonly redis: MeasuredBackendOptions['redis'];
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}
