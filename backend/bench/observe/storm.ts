import type { Emulator } from '../../emulator/emulator.ts';
import { faultless, type NotificationFaults } from '../../emulator/faults/notification-faults.ts';
import type { RequestFault } from '../../emulator/faults/request-faults.ts';

const notificationFaults: NotificationFaults = {
  dropRate: 0.1,
  duplicateRate: 0.1,
  reorderRate: 0.1,
  delayRate: 0.05,
  delayMs: 300,
};
const requestFaults: readonly RequestFault[] = [
  { kind: 429, retryAfterSeconds: 1 },
  { kind: 500 },
  { kind: 503 },
  { kind: 504 },
  { kind: 'reset' },
];
/** Share of the moves that delta reports as a removal only. */
const hiddenArrivalRate = 0.1;

/** Number of injected faults, by name. */
export type FaultCounts = Readonly<Record<string, number>>;

/** Injects faults at Microsoft while owners make changes. */
export class Storm {
  readonly #microsoft: Emulator;
  readonly #rate: number;
  readonly #struck: (() => FaultCounts)[] = [];
  #dropped: number | undefined;

  /** @param rate share of the requests to Graph that fails in each of several ways, 0 to 1 */
  constructor(microsoft: Emulator, rate: number) {
    this.#microsoft = microsoft;
    this.#rate = rate;
  }

  /** Starts losing, duplicating and delaying notifications and failing requests. */
  rise(): void {
    const { notifier, moves, faults } = this.#microsoft;
    notifier.faults = notificationFaults;
    moves.hiddenArrivalRate = hiddenArrivalRate;
    for (const fault of requestFaults) {
      const count = faults.add({ ...fault, target: 'graph', rate: this.#rate });
      this.#struck.push(() => ({ [`requests failed with ${fault.kind}`]: count() }));
    }
  }

  /** Ends all faults. */
  settle(): void {
    const { notifier, moves, faults } = this.#microsoft;
    notifier.faults = faultless;
    moves.hiddenArrivalRate = 0;
    faults.clear();
  }

  /** Drops all notifications from now on, without counting them as faults. */
  hush(): void {
    const { notifier } = this.#microsoft;
    this.#dropped = notifier.counts().dropped;
    notifier.faults = { ...faultless, dropRate: 1 };
  }

  counts(): FaultCounts {
    const { duplicated, delayed, reordered, lost, ...counts } = this.#microsoft.notifier.counts();
    const dropped = this.#dropped ?? counts.dropped;
    const sums: Record<string, number> = {
      'notifications dropped': dropped,
      'notifications doubled': duplicated,
      'notifications late': delayed,
      'deliveries out of order': reordered,
      'notifications given up': lost,
    };
    for (const [name, count] of this.#struck.flatMap((read) => Object.entries(read()))) {
      sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  }
}
