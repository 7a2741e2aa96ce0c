import { parseArgs } from 'node:util';

export const helpText = `npm run bench:observe: measures and checks the service under a flood of changes in many mailboxes

  npm run bench:observe                    20 mailboxes × 5,000 changes in storms, and the same number as a backlog
  npm run bench:observe -- --quick         3 mailboxes × 300 changes, without killing the service
  --mailboxes <number>                     1 to 50
  --changes <number>                       per mailbox, 20 to 20,000
  --awkward                                Graph is as awkward as it can be all the time (emulator/README.md)
  --apart                                  run two processes (ROLE=api and ROLE=worker) instead of one (ROLE=all)
  --seed <number>                          seed of the owners' random acts (1)

In storms 10 % of the notifications are lost, 10 % are sent twice, 10 % of the deliveries are out of order, requests are
answered with 429 and 5xx, delta tokens are dropped, one mailbox loses its grant for a while, and the service is killed
once. At the end the event log is compared with the changes that really happened.

Exit code 1 if an event was lost, duplicated or misattributed, or another limit is broken.`;

export interface CliOptions {
  readonly mailboxes: number;
  readonly changes: number;
  readonly seed: number;
  readonly isQuick: boolean;
  readonly isAwkward: boolean;
  /** True to run the API and the worker in separate processes. */
  readonly isApart: boolean;
}

/** Parses the arguments. @returns undefined when help was requested. @throws Error that names an invalid argument */
export function parseCliOptions(args: readonly string[]): CliOptions | undefined {
  const options = {
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean', default: false },
    awkward: { type: 'boolean', default: false },
    apart: { type: 'boolean', default: false },
    mailboxes: { type: 'string' },
    changes: { type: 'string' },
    seed: { type: 'string', default: '1' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help === true) return undefined;
  const isQuick = values.quick;
  const mailboxes = values.mailboxes ?? (isQuick ? '3' : '20');
  const changes = values.changes ?? (isQuick ? '300' : '5000');
  return {
    mailboxes: wholeNumber('--mailboxes', mailboxes, { min: 1, max: 50 }),
    changes: wholeNumber('--changes', changes, { min: 20, max: 20_000 }),
    seed: wholeNumber('--seed', values.seed, { min: 0, max: 1_000_000 }),
    isQuick,
    isAwkward: values.awkward,
    isApart: values.apart,
  };
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new Error(`${option} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
