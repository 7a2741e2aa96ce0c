import '../check-node.js'; // before all else: an older Node ends here
import type { Emulator } from './emulator.ts';

const { readFile } = await import('node:fs/promises');
const { parseArgs } = await import('node:util');
const { parseTenantReport } = await import('./as-reported.ts');
const { backendSettings, furnishedPeople, startFurnishedEmulator } = await import('./furnished.ts');

const helpText = `npm run emulator: a Microsoft 365 of our own (Entra ID and Graph) on a loopback port

  --port <number>   where it listens (8020; 0 takes a free one)
  --seed <number>   of the random generator: the same seed repeats the same faults
  --as <file>       a report of npm run graph:contract: it behaves like that tenant
  --help            this text

Its state is in memory. Ctrl-C ends it.`;

const defaultPort = '8020';
async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      seed: { type: 'string' },
      as: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    say(helpText);
    return 0;
  }
  const emulator = await startFurnishedEmulator({
    port: wholeNumber('--port', values.port ?? defaultPort),
    ...(values.seed === undefined ? {} : { seed: wholeNumber('--seed', values.seed) }),
    ...(values.as === undefined ? {} : { as: parseTenantReport(await readFile(values.as, 'utf8')) }),
  });
  say(welcome(emulator));
  await endAsked();
  await emulator.close();
  return 0;
}

function welcome(emulator: Emulator): string {
  const { url, random } = emulator;
  const settings = Object.entries(backendSettings(emulator)).map(([name, value]) => `  ${name}=${value}`);
  return `Microsoft 365 emulator on ${url} (seed ${random.seed})

Point the backend at it:
${settings.join('\n')}

Steer it:
  curl ${url}/_emulator
  curl ${url}/_emulator/people/${furnishedPeople[0]}/messages
  curl ${url}/_emulator/people/${furnishedPeople[0]}/actions -d '{"do":"deliver","from":"x@y.example","subject":"Hello"}'
  curl ${url}/_emulator/people/${furnishedPeople[0]}/revoke -X POST
  curl ${url}/_emulator/faults/requests -d '{"kind":429,"target":"graph","times":5,"retryAfterSeconds":2}'
  curl -X PUT ${url}/_emulator/awkward -d '{"rates":true}'
  All of it: emulator/README.md

Ctrl-C ends it.`;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} wants a whole number, not ${text}`);
  return Number(text);
}

function endAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
