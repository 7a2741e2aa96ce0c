import type { FloodedMailbox } from './flooded-mailbox.ts';
import { type Effort, Flood } from './flood.ts';
import { type IntakeResult, measureIntake } from './intake.ts';
import { compareMailboxes, type FloodComparison } from './compare-mailboxes.ts';
import { latenciesOf } from './latency.ts';
import type { FloodPlan } from './plan.ts';
import type { FloodEnvironment } from './flood-environment.ts';
import { type FaultCounts, Storm } from './storm.ts';

/** The results of a flood. */
export interface FloodResult {
  readonly comparison: FloodComparison;
  /** All storms together, without the one in which the service was killed. */
  readonly storms: Effort;
  readonly killed: Effort | undefined;
  readonly backlog: Effort;
  /** Times from a change to its event without faults, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Largest number of requests for one mailbox within 10 minutes. */
  readonly worstWindow: number;
  /** Requests refused because of Graph's limits. */
  readonly refused: number;
  readonly peakMib: number;
  readonly faults: FaultCounts;
  readonly unseen: Readonly<Record<string, number>>;
  /** Undefined when the plan gives it no time. */
  readonly intake: IntakeResult | undefined;
}

/** Runs a flood from the first sign-in to the comparison. @throws when the service ends or makes no progress */
export async function runFlood(plan: FloodPlan, environment: FloodEnvironment): Promise<FloodResult> {
  const { say, microsoft, backend } = environment;
  await using flood = new Flood(plan, environment);
  await flood.connect();
  say(`first synchronization done; ${plan.mailboxes * plan.calmChanges} changes without faults`);
  await flood.phase({ changes: plan.calmChanges, perSecond: plan.calmPerSecond });
  const latenciesMs = await latenciesOfLastPhase(flood);

  const storm = new Storm(microsoft, plan.faultRate);
  const troubles = new Troubles(flood, plan, environment);
  const storms: Effort[] = [];
  let killed: Effort | undefined;
  for (let index = 0; index < plan.storms; index += 1) {
    storm.rise();
    const effort = await flood.phase(troubles.phase(index));
    storm.settle();
    if (troubles.isKilledIn(index)) killed = effort;
    else storms.push(effort);
    say(`storm ${index + 1} of ${plan.storms}: ${describe(effort)}`);
  }
  storm.hush();
  const after = (): void => storm.settle();
  const backlog = await flood.phase({ changes: plan.backlogChanges, perSecond: Number.POSITIVE_INFINITY, after });
  say(`backlog: ${describe(backlog)}`);
  const { worstWindow, refused } = { worstWindow: flood.meter.worstWindow(), refused: flood.meter.refused() };
  const comparison = await compareMailboxes(flood.mailboxes);
  return {
    comparison,
    intake: await floodIntake(flood, plan, environment),
    storms: storms.reduce(add, nothing),
    killed,
    backlog,
    latenciesMs,
    worstWindow,
    refused,
    peakMib: await backend.peakMib(),
    faults: { ...storm.counts(), ...troubles.counts },
    unseen: Object.fromEntries(flood.unseen),
  };
}

/** Runs last: these notifications are about changes that did not happen. */
async function floodIntake(
  { mailboxes }: Flood,
  { notificationSeconds }: FloodPlan,
  environment: FloodEnvironment,
): Promise<IntakeResult | undefined> {
  if (notificationSeconds === 0) return undefined;
  environment.say(`notifications for ${notificationSeconds} s, while every mailbox is synchronized from scratch`);
  return measureIntake(environment, mailboxes, notificationSeconds);
}

/** Injects troubles other than failing requests. */
class Troubles {
  readonly counts = { 'delta tokens dropped': 0, 'grants lost': 0, 'kills of the service': 0 };
  readonly #flood: Flood;
  readonly #plan: FloodPlan;
  readonly #environment: FloodEnvironment;

  constructor(flood: Flood, plan: FloodPlan, environment: FloodEnvironment) {
    this.#flood = flood;
    this.#plan = plan;
    this.#environment = environment;
  }

  /** Plans a storm: in the first one mailbox loses its grant for a while, in the middle one the service is killed. */
  phase(index: number): Parameters<Flood['phase']>[0] {
    const { stormChanges: changes, stormPerSecond: perSecond } = this.#plan;
    const orphan = index === 0 ? this.#flood.mailboxes.at(-1) : undefined;
    const isKilled = this.isKilledIn(index);
    return {
      changes,
      perSecond,
      midway: async () => {
        this.#dropDeltaTokens(index);
        orphan?.watched.loseGrant();
        if (isKilled) await this.#environment.backend.kill();
      },
      after: async () => {
        if (isKilled) await this.#restart();
        if (orphan !== undefined) await this.#reconnect(orphan);
      },
    };
  }

  isKilledIn(index: number): boolean {
    const { storms, kills } = this.#plan;
    return kills && index === Math.floor(storms / 2);
  }

  #dropDeltaTokens(index: number): void {
    const { mailboxes } = this.#flood;
    for (const [place, { watched }] of mailboxes.entries()) {
      if (place % Math.min(3, mailboxes.length) !== index % Math.min(3, mailboxes.length)) continue;
      watched.person.mailbox.deltaEpoch += 1;
      this.counts['delta tokens dropped'] += 1;
    }
  }

  async #restart(): Promise<void> {
    this.counts['kills of the service'] += 1;
    this.#environment.say('service killed; restarting it');
    await this.#environment.backend.start();
  }

  async #reconnect(orphan: FloodedMailbox): Promise<void> {
    this.counts['grants lost'] += 1;
    await this.#flood.reconnect(orphan);
    this.#environment.say('the mailbox that lost its grant is connected again');
  }
}

async function latenciesOfLastPhase({ mailboxes }: Flood): Promise<readonly number[]> {
  const latencies = mailboxes.map(({ watched, phases }) => latenciesOf(watched, phases.at(-1) ?? []));
  return (await Promise.all(latencies)).flat();
}

const nothing: Effort = { changes: 0, makingSeconds: 0, catchingUpSeconds: 0, requests: 0 };

function add(one: Effort, other: Effort): Effort {
  return {
    changes: one.changes + other.changes,
    makingSeconds: one.makingSeconds + other.makingSeconds,
    catchingUpSeconds: one.catchingUpSeconds + other.catchingUpSeconds,
    requests: one.requests + other.requests,
  };
}

function describe({ changes, makingSeconds, catchingUpSeconds }: Effort): string {
  return `${changes} changes in ${makingSeconds.toFixed(1)} s, recorded ${catchingUpSeconds.toFixed(1)} s later`;
}
