import type { Finding } from './report.ts';
import type { Environment } from './environment.ts';

/** The input of a measurement. */
export interface Setting {
  readonly environment: Environment;
  /** True for fewer and shorter rounds. */
  readonly isQuick: boolean;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

/** Measures the service and its yardstick in turn. */
export type Measurement = (setting: Setting) => Promise<Finding[]>;
