import type { Emulator } from '../../emulator/emulator.ts';
import type { Backend, BackendOptions } from './backend.ts';

/** What a flood runs on. */
export interface FloodStage {
  readonly microsoft: Emulator;
  readonly backend: Backend;
  readonly redis: BackendOptions['redis'];
  /** Progress, a line at a time. */
  readonly say: (line: string) => void;
}
