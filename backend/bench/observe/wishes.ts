import { parseArgs } from 'node:util';

export const helpText = `npm run bench:observe: a flood of changes in many mailboxes, and what the service makes of it

  npm run bench:observe                    20 mailboxes × 5,000 changes in storms, and as many again as a backlog
  npm run bench:observe -- --quick         3 mailboxes × 300 changes, without killing the service
  --mailboxes <number>                     1 to 50
  --changes <number>                       of each mailbox, 20 to 20,000
  --apart                                  two processes, ROLE=api and ROLE=worker, rather than one of ROLE=all
  --seed <number>                          the same seed makes the same owners do the same (1)

In storms 10 % of the notifications are lost, 10 % come twice, 10 % of the deliveries are out of order, requests are
answered with 429 and 5xx, delta tokens are dropped, one mailbox loses its grant for a while, and the service is killed
once. Then the event log is compared with what really happened.

Exit code 1 when an event was lost, duplicated or misattributed, or another limit is broken.`;

export interface Wishes {
  readonly mailboxes: number;
  readonly changes: number;
  readonly seed: number;
  readonly isQuick: boolean;
  /** Requests are answered and jobs are worked on in a process each. */
  readonly isApart: boolean;
}

/** @returns undefined when help was asked for; throws when the arguments cannot be understood */
export function parseWishes(args: readonly string[]): Wishes | undefined {
  const options = {
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean', default: false },
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
    isApart: values.apart,
  };
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new Error(`${option} wants a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
