import type { SeededRandom } from '../random.ts';

/**
 * How a request goes wrong. Slow answers come late, and are right; error takes status, code and message as they are
 * given; empty is a status without a body; entra is a refusal by its AADSTS number.
 */
type FaultKind = 429 | 500 | 503 | 504 | 'reset' | 'slow' | 'error' | 'empty' | 'entra';

export interface RequestFault {
  readonly kind: FaultKind;
  /** Graph, or the sign-in service. */
  readonly target?: 'graph' | 'login' | undefined;
  /** Of one mailbox only, by address. A sign-in request belongs to one when it redeems a code or a refresh token. */
  readonly mailbox?: string | undefined;
  readonly method?: string | undefined;
  /** Only paths that contain this text. */
  readonly path?: string | undefined;
  /** How many requests it strikes; otherwise without end. */
  readonly times?: number | undefined;
  /** Which part of the requests it strikes, 0 to 1; otherwise all. */
  readonly rate?: number | undefined;
  /** For 429 and 503. */
  readonly retryAfterSeconds?: number | undefined;
  /** `Retry-After` as an HTTP date rather than in seconds. */
  readonly retryAfterAsDate?: boolean | undefined;
  /** The request is carried out all the same: only its answer is lost. */
  readonly isCarriedOut?: boolean | undefined;
  /** For error and empty; otherwise 500. */
  readonly status?: number | undefined;
  /** For error. */
  readonly code?: string | undefined;
  /** For error. */
  readonly message?: string | undefined;
  /** For entra: the number behind AADSTS, as 53003. */
  readonly aadsts?: number | undefined;
  /** For slow: by how much. */
  readonly delayMs?: number | undefined;
  /** For slow, instead of a time: what the answer waits for. */
  readonly until?: Promise<unknown> | undefined;
}

/** A request as the faults see it. */
export interface FaultSubject {
  readonly target: 'graph' | 'login';
  readonly mailbox: string | undefined;
  readonly method: string;
  readonly path: string;
}

interface ActiveFault {
  readonly fault: RequestFault;
  left: number;
  struck: number;
}

/** The faults that strike requests. */
export class RequestFaults {
  readonly #random: SeededRandom;
  #active: ActiveFault[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** @returns a function that says how many requests it has struck so far */
  add(fault: RequestFault): () => number {
    const active: ActiveFault = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, struck: 0 };
    this.#active.push(active);
    return () => active.struck;
  }

  clear(): void {
    this.#active = [];
  }

  /** The faults that strike this request, in the order they were added: any slow ones, and at most one of another kind. */
  strike(subject: FaultSubject): RequestFault[] {
    const striking: RequestFault[] = [];
    for (const active of this.#active) {
      if (!fits(active.fault, subject) || !this.#random.chance(active.fault.rate ?? 1)) continue;
      this.#use(active);
      striking.push(active.fault);
      if (active.fault.kind !== 'slow') break;
    }
    return striking;
  }

  #use(active: ActiveFault): void {
    active.left -= 1;
    active.struck += 1;
    if (active.left === 0) this.#active = this.#active.filter((other) => other !== active);
  }
}

const entraPath = /\/oauth2\/v2\.0\/(authorize|token|devicecode)$/;

function fits(fault: RequestFault, subject: FaultSubject): boolean {
  return (
    (fault.kind !== 'entra' || (subject.target === 'login' && entraPath.test(subject.path))) &&
    (fault.target === undefined || fault.target === subject.target) &&
    (fault.mailbox === undefined || fault.mailbox.toLowerCase() === subject.mailbox?.toLowerCase()) &&
    (fault.method === undefined || fault.method.toUpperCase() === subject.method) &&
    (fault.path === undefined || subject.path.includes(fault.path))
  );
}

/** `Retry-After` in the form that the fault asks for. @param nowMs epoch milliseconds, of the machine */
export function retryAfter({ retryAfterSeconds = 1, retryAfterAsDate = false }: RequestFault, nowMs: number): string {
  return retryAfterAsDate ? new Date(nowMs + retryAfterSeconds * 1_000).toUTCString() : String(retryAfterSeconds);
}
