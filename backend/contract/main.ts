import '../check-node.js'; // before all else: an older Node ends here

const { createInterface } = await import('node:readline/promises');
const { assumptions } = await import('./assumptions.ts');
const { helpText, parseCliOptions } = await import('./cli-options.ts');
const { exitCodes, runContract } = await import('./contract.ts');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first Ctrl-C ends the questions, and what was made is removed; the second ends the program at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      say('Interrupted: removing what was made. Once more ends at once; then use --clean.');
      controller.abort();
    });
  }
  return controller.signal;
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseCliOptions(args);
  if (options === 'help') say(helpText);
  else if (options === 'list') for (const { id, says, source } of assumptions) say(`${id}: ${says} (${source})`);
  else return runContract(options, { say, confirm, signal: interruption() });
  return 0;
}

let exitCode: number = exitCodes.trouble;
try {
  exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}
process.exit(exitCode);
