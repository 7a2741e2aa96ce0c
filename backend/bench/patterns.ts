import { parseArgs } from 'node:util';
import { type Aggressiveness, aggressivenessLevels } from '../src/models/User.ts';
import { bootstrapInterval } from './patterns/bootstrap.ts';
import { Calibration } from './patterns/calibration.ts';
import { candidatesIn, detection, formerDetection, type Method, plainWilson, rawRatio } from './patterns/methods.ts';
import { organizationOf, readPlacements } from './patterns/placements.ts';
import { type Random, seededRandom } from './patterns/random.ts';
import { addScores, type Score, scoreRules } from './patterns/score.ts';
import { dateMailbox, splitMailbox } from './patterns/split.ts';
import { printSimulation } from './patterns/simulate/simulate.ts';
import { formatTable } from './patterns/table.ts';

const helpText = `npm run bench:patterns -- FILE: measures the precision of rules on mail that they were not learned from

FILE lists the folders in which people keep their mail: lines of mailbox, sender, domain, folder (inbox, deleted, or another) and
count, separated by tabs, under a header of these words; gzipped or not. The mail of each sender is spread evenly over a
year; rules are learned on what came before the last 60 days, and scored on these.

  --span-days N          days that the mail is spread over, more than 60 (365)
  --undated              all mail is of one day: each sender's is cut in two at random, and scored on the other half
  --repetitions N        number of repetitions, each with new halves (30)
  --simulate N           instead of FILE: N simulated modern mailboxes, which tell what was opened first
  --seed N               seed of the random split; printed, so that a run can be repeated (from the clock)
  --aggressiveness WORD  conservative, moderate or aggressive (moderate)
  --pool-organization    also find habits for the domain that most of the mail comes from`;

interface CliOptions {
  /** Undefined: a file is read. */
  readonly simulated: number | undefined;
  readonly file: string;
  readonly repetitions: number;
  readonly seed: number;
  readonly aggressiveness: Aggressiveness;
  readonly poolsOrganization: boolean;
  /** Undefined: all mail is of one day. */
  readonly spanDays: number | undefined;
}

/** Parses the arguments. @returns undefined when help was requested. @throws Error that names an invalid argument */
function parseCliOptions(args: string[]): CliOptions | undefined {
  const options = {
    help: { type: 'boolean', short: 'h' },
    simulate: { type: 'string' },
    undated: { type: 'boolean', default: false },
    'span-days': { type: 'string', default: '365' },
    repetitions: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    aggressiveness: { type: 'string', default: 'moderate' },
    'pool-organization': { type: 'boolean', default: false },
  } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help === true) return undefined;
  const simulated = values.simulate === undefined ? undefined : wholeNumber('--simulate', values.simulate, 1);
  const [file = '', ...rest] = positionals;
  if ((file === '') === (simulated === undefined) || rest.length > 0)
    throw new Error('Give exactly one FILE, or --simulate N; see --help');
  const aggressiveness = aggressivenessLevels.find((word) => word === values.aggressiveness);
  if (aggressiveness === undefined)
    throw new Error(`--aggressiveness must be one of ${aggressivenessLevels.join(', ')}`);
  return {
    simulated,
    file,
    repetitions: wholeNumber('--repetitions', values.repetitions, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    aggressiveness,
    poolsOrganization: values['pool-organization'],
    spanDays: values.undated ? undefined : wholeNumber('--span-days', values['span-days'], 61),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`${name} must be a whole number of at least ${least}`);
  return value;
}

async function main(args: string[]): Promise<void> {
  const cliOptions = parseCliOptions(args);
  if (cliOptions === undefined) {
    console.log(helpText);
    return;
  }
  if (cliOptions.simulated !== undefined) {
    printSimulation(cliOptions.simulated, cliOptions.seed);
    return;
  }
  const mailboxes = await readPlacements(cliOptions.file);
  const organization = cliOptions.poolsOrganization ? undefined : organizationOf(mailboxes);
  const isSharedDomain = (domain: string): boolean => domain === organization;
  const { aggressiveness, spanDays } = cliOptions;
  const options = { aggressiveness, isSharedDomain };
  const methods: readonly (readonly [string, Method])[] = [
    ['sure', detection(options, ['sure'])],
    ['sure and likely', detection(options, ['sure', 'likely'])],
    ['three gates', formerDetection(options)],
    ['ratio ≥ 0.8, n ≥ 3', rawRatio],
    ['plain Wilson ≥ 0.80', plainWilson],
  ];
  console.log(`${mailboxes.length} mailboxes, ${cliOptions.repetitions} repetitions, --seed ${cliOptions.seed}\n`);

  const random = seededRandom(cliOptions.seed);
  const results = methods.map(([name, method]) => ({ name, method, scores: [] as Score[][] }));
  const calibration = new Calibration();
  for (let repetition = 0; repetition < cliOptions.repetitions; repetition++) {
    const halves = mailboxes.map((mailbox) =>
      spanDays === undefined ? splitMailbox(mailbox, random) : dateMailbox(mailbox, spanDays, random),
    );
    for (const { learned, heldOut } of halves) calibration.add(candidatesIn(learned, options), heldOut);
    for (const { method, scores } of results) {
      scores.push(halves.map(({ learned, heldOut }) => scoreRules(method(learned), heldOut)));
    }
  }
  console.log(formatTable(results.map(({ name, scores }) => ({ name, scores: scores.map(addScores) }))));
  console.log('\nMean ± standard deviation over the repetitions, all mailboxes together, on mail not learned from.\n');
  for (const { name, scores } of results.slice(0, 2)) console.log(describeIntervals(name, scores[0] ?? [], random));
  console.log(`\nWhat was said of the mail of a sender → what came, percent (senders)\n${calibration.format()}`);
}

function describeIntervals(name: string, scores: readonly Score[], random: Random): string {
  const interval = (measure: (total: Score) => number, digits: number): string =>
    bootstrapInterval(scores, measure, random)
      .map((value) => value.toFixed(digits))
      .join(' to ');
  const without = interval((total) => (100 * total.without) / total.mailboxes, 1);
  const precision = interval((total) => 1 - total.wrongDeletes / total.deletes, 3);
  return `${name}, 95 % intervals over mailboxes (first repetition): without ${without} %; precision of deletes ${precision}`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
