import '../check-node.js'; // before all else: an older Node ends here
import type { Demo } from './demo.ts';
import type { DemoEnvironment } from './environment.ts';

const { parseArgs } = await import('node:util');
const { logTail } = await import('../local/log-tail.ts');
const { Api } = await import('./api.ts');
const { farewell, welcome } = await import('./frame.ts');
const { Interrupted } = await import('./interrupted.ts');
const { paintFor } = await import('./paint.ts');
const { backendLog, withEnvironment } = await import('./environment.ts');
const { leaveRunning } = await import('./stay.ts');
const { tell } = await import('./steps/tell.ts');
const { pageWidth, Story } = await import('./story.ts');
const { wrap } = await import('./wrap.ts');

const helpText = `npm run demo: shows MSEDB from signing in to the kill switch, in about a minute

Starts its own stores (found as by npm run standalone), an emulated Microsoft 365 with a lively
mailbox, and the backend. Shows each step with its API request, and checks the result in the
mailbox itself. Needs neither Docker nor Microsoft.

  -- --stay   leave everything running at the end, and print addresses and a session cookie
  -- --help   print this text

PORT sets the backend's port (default: a free one). NO_COLOR=1 prints without colors.
Ctrl-C ends it at any time; nothing stays on disk. Exit code 0 if every check passed.`;

const interruptedExitCode = 130;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const paint = paintFor(process.stdout, process.env);

function say(text: string): void {
  for (const line of wrap(text, pageWidth - 3)) print(`   ${paint('dim', line)}`);
}

async function main(args: readonly string[]): Promise<number> {
  const cliOptions = readCliOptions(args);
  if (cliOptions === undefined) return 2;
  if (cliOptions.help) {
    print(helpText);
    return 0;
  }
  const leaving = new AbortController();
  endWhenAsked(leaving);
  try {
    const options = {
      port: process.env['PORT'],
      say,
      signal: leaving.signal,
      lost: (error: Error) => leaving.abort(error),
    };
    print(paint('bold', 'MSEDB: the demo'));
    say('Starting stores, an emulated Microsoft 365 and the backend. This takes some seconds.');
    await withEnvironment(options, (environment) => play(environment, { ...cliOptions, leaving: leaving.signal }));
    return 0;
  } catch (error) {
    if (leaving.signal.reason instanceof Interrupted) return interruptedExitCode;
    process.stderr.write(`\n${paint('red', error instanceof Error ? error.message : String(error))}\n`);
    return 1;
  }
}

async function play(
  environment: DemoEnvironment,
  { stay, leaving }: { stay: boolean; leaving: AbortSignal },
): Promise<void> {
  const story = new Story(print, paint);
  const api = new Api({ url: environment.url, story, signal: leaving });
  const demo: Demo = { ...environment, story, api, signal: leaving };
  const startedAt = Date.now();
  try {
    welcome(demo, print);
    await tell(demo);
  } catch (error) {
    if (!leaving.aborted) process.stderr.write(`\n${logTail(backendLog(environment.folder))}\n`);
    throw error;
  }
  farewell(demo, Date.now() - startedAt, print);
  if (stay) await leaveRunning(environment, api, { print, signal: leaving });
}

/** Parses the arguments. @returns undefined after printing the error when they are invalid */
function readCliOptions(args: readonly string[]): { help: boolean; stay: boolean } | undefined {
  try {
    const options = {
      help: { type: 'boolean', short: 'h', default: false },
      stay: { type: 'boolean', default: false },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${helpText}\n`);
    return undefined;
  }
}

/** The first signal ends the demo in order; with the second one the stores' host tidies up by itself. */
function endWhenAsked(leaving: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (leaving.signal.reason instanceof Interrupted) process.exit(interruptedExitCode);
      print('\nStopping and cleaning up.');
      leaving.abort(new Interrupted(`${signal} came`));
    });
  }
}

process.exitCode = await main(process.argv.slice(2));
