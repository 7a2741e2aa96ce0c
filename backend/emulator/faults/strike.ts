import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSubject, RequestFault, RequestFaults } from './request-faults.ts';

const defaultDelayMs = 1_000;

/** A fault that is to be answered; slowness has been waited for already. */
export type AnsweredFault = RequestFault & { readonly kind: Exclude<RequestFault['kind'], 'slow'> };

/** Lets the faults strike a request: waits when it is slow, and says how it fails, if it does. */
export async function strike(faults: RequestFaults, subject: FaultSubject): Promise<AnsweredFault | undefined> {
  for (const fault of faults.strike(subject)) {
    const answer = answered(fault);
    if (answer !== undefined) return answer;
    await (fault.until ?? sleep(fault.delayMs ?? defaultDelayMs));
  }
  return undefined;
}

/** The fault as one that is answered; undefined when it only makes the answer late. */
export function answered(fault: RequestFault): AnsweredFault | undefined {
  const { kind } = fault;
  return kind === 'slow' ? undefined : { ...fault, kind };
}
