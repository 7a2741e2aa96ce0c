import type { Finding } from './report.ts';
import type { Environment } from './environment.ts';

/** What a measurement is given. */
export interface Setting {
  readonly environment: Environment;
  /** Fewer and shorter rounds. */
  readonly isQuick: boolean;
  /** Progress, a line at a time. */
  readonly say: (line: string) => void;
}

/** Measures the service and its yardstick in turn. */
export type Measurement = (setting: Setting) => Promise<Finding[]>;
