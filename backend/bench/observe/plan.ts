/** How big a flood is, and what happens in it. Counts of messages and changes are those of each mailbox. */
export interface FloodPlan {
  readonly seed: number;
  readonly mailboxes: number;
  /** Messages that lie there when the mailbox is connected. */
  readonly inPlace: number;
  /** Changes in a phase in which nothing fails: the time from a change to its event is taken there. */
  readonly calmChanges: number;
  /** Phases in which notifications are lost, doubled and late, and requests fail; at least one. */
  readonly storms: number;
  readonly stormChanges: number;
  /** Changes that nobody is told of: they are found by synchronization. */
  readonly backlogChanges: number;
  /** Steady rates, of all mailboxes together. */
  readonly calmPerSecond: number;
  readonly stormPerSecond: number;
  /** Part of the requests that fails in each of several ways while it storms. */
  readonly faultRate: number;
  /** For how long notifications are poured in at the end, to see how fast they are answered; 0: not at all. */
  readonly notificationSeconds: number;
  /** Whether the service is killed in the middle of a storm. */
  readonly kills: boolean;
  /** The largest page of changes that the service asks for. */
  readonly pageSize: number;
  readonly stallLimitMs: number;
}

interface Wishes {
  readonly seed: number;
  readonly mailboxes: number;
  /** Changes of each mailbox, made twice: once in storms, once as a backlog. */
  readonly changes: number;
}

const stormCount = 6;
const maxCalmChanges = 1_500;
/** Slow enough that the service looks between two changes of one message. */
const busyOwnerPerSecond = 50;

/** The flood of the benchmark. */
export function planOf({ seed, mailboxes, changes }: Wishes): FloodPlan {
  const calmChanges = Math.ceil(Math.min(changes / 10, maxCalmChanges / mailboxes));
  return {
    seed,
    mailboxes,
    inPlace: Math.ceil(changes / 10),
    calmChanges,
    storms: stormCount,
    stormChanges: Math.ceil((changes - calmChanges) / stormCount),
    backlogChanges: changes,
    calmPerSecond: 50,
    stormPerSecond: busyOwnerPerSecond * mailboxes,
    faultRate: 0.003,
    notificationSeconds: 15,
    kills: true,
    pageSize: 200,
    stallLimitMs: 180_000,
  };
}
