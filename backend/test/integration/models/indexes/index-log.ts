import type { IndexLog } from '../../../../src/models/indexes/index-build.ts';

export interface RecordedIndexLog extends IndexLog {
  readonly infos: object[];
  readonly warnings: object[];
}

/** A log that keeps the fields of each line. */
export function recordIndexLog(): RecordedIndexLog {
  const infos: object[] = [];
  const warnings: object[] = [];
  return {
    infos,
    warnings,
    info: (_message, fields) => infos.push(fields),
    warn: (_message, fields) => warnings.push(fields),
  };
}
