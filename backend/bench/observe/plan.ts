/** Size and content of a flood. Counts of messages and changes are per mailbox. */
export interface FloodPlan {
  readonly seed: number;
  readonly mailboxes: number;
  /** Messages in the mailbox when it is connected. */
  readonly inPlace: number;
  /** Changes in a phase without faults, where the time from a change to its event is measured. */
  readonly calmChanges: number;
  /** Number of phases with lost, duplicated and late notifications and failing requests; at least one. */
  readonly storms: number;
  readonly stormChanges: number;
  /** Changes without notifications: they are found by synchronization. */
  readonly backlogChanges: number;
  /** Steady rates, of all mailboxes together. */
  readonly calmPerSecond: number;
  readonly stormPerSecond: number;
  /** Share of the requests that fails in each of several ways during a storm. */
  readonly faultRate: number;
  /** Duration of the notification load at the end, in seconds; 0 for none. */
  readonly notificationSeconds: number;
  /** True: Graph is as awkward as it can be all the time, and mail is removed in every way. */
  readonly isAwkward: boolean;
  /** True to kill the service in the middle of a storm. */
  readonly kills: boolean;
  /** The largest page of changes that the service asks for. */
  readonly pageSize: number;
  readonly stallLimitMs: number;
}

interface CliOptions {
  readonly seed: number;
  readonly mailboxes: number;
  /** Changes of each mailbox, made twice: once in storms, once as a backlog. */
  readonly changes: number;
  readonly isAwkward: boolean;
}

const stormCount = 6;
const maxCalmChanges = 1_500;
/** Slow enough that the service observes between two changes of one message. */
const busyOwnerPerSecond = 50;

/** Returns the plan of the benchmark's flood. */
export function planOf({ seed, mailboxes, changes, isAwkward }: CliOptions): FloodPlan {
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
    isAwkward,
    kills: true,
    pageSize: 200,
    stallLimitMs: 180_000,
  };
}
