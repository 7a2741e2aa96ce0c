import { graphBatchParts, graphRequests } from '../lib/metrics.ts';
import type { RequestName } from './request.ts';

/** Counts one attempt of a request. @param status 0 when no answer came */
export function countRequest({ method, route }: RequestName, status: number): void {
  graphRequests.inc({ method, route, status: classOf(status) });
}

/** Counts one attempt of a part of a batch. @param status undefined when the answer lacked the part */
export function countPart({ method, route }: RequestName, status: number | undefined): void {
  graphBatchParts.inc({ method, route, status: classOf(status ?? 0) });
}

/** Returns the label of a status. 429 has its own, because we cause it and it passes by itself. */
function classOf(status: number): string {
  if (status === 0) return 'none';
  return status === 429 ? '429' : `${Math.floor(status / 100)}xx`;
}
