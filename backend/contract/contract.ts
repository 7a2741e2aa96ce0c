import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, openAccess } from './access/access.ts';
import { assumptions } from './assumptions.ts';
import { clean } from './clean.ts';
import type { CliOptions } from './cli-options.ts';
import { Graph } from './graph.ts';
import { OwnItems } from './own-items.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Answer, cloudOf, type ContractReport, summaryOf, writeReport } from './report.ts';
import { askAll } from './run-contract.ts';
import { Sandbox } from './sandbox.ts';

export interface Terminal {
  readonly say: (line: string) => void;
  /** Asks a question that is answered with yes or no. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export const exitCodes = { asAssumed: 0, differs: 1, trouble: 2, interrupted: 130 } as const;

/** Does what the options say. @returns the exit code. @throws Error that says what did not work */
export async function runContract(options: CliOptions, terminal: Terminal): Promise<number> {
  const access = await openAccess(options.access, terminal.say, terminal.signal);
  try {
    const question = options.work === 'clean' ? 'Remove what an earlier run left?' : 'Make a folder and drafts in it?';
    if (!options.isAgreed && !(await terminal.confirm(`This works in a real mailbox. ${question}`))) {
      terminal.say('Nothing was done.');
      return exitCodes.trouble;
    }
    return options.work === 'clean' ? await cleanUp(access, terminal) : await ask(access, options, terminal);
  } finally {
    await access[Symbol.asyncDispose]();
  }
}

async function ask(access: Access, options: CliOptions, terminal: Terminal): Promise<number> {
  const receiver = await openReceiver(access, options);
  try {
    const answers = await askInSandbox(access, { options, terminal, receiver });
    if (terminal.signal.aborted) return exitCodes.interrupted;
    const report: ContractReport = {
      contract: 1,
      date: new Date().toISOString().slice(0, 10),
      cloud: cloudOf(access.graphUrl),
      access: options.access === 'device code' ? 'device code' : 'mailbox',
      answers,
    };
    terminal.say(summaryOf(report));
    if (options.reportFile !== undefined) await writeReport(options.reportFile, report);
    const differs = Object.values(answers).some(({ verdict }) => verdict === 'differs');
    return differs ? exitCodes.differs : exitCodes.asAssumed;
  } finally {
    await receiver?.close();
  }
}

interface Asking {
  readonly options: CliOptions;
  readonly terminal: Terminal;
  readonly receiver: Receiver | undefined;
}

/** Makes the folder, asks everything, and removes what was made, whatever happened. */
async function askInSandbox(
  access: Access,
  { options, terminal, receiver }: Asking,
): Promise<Readonly<Record<string, Answer>>> {
  const { say, signal } = terminal;
  const { token, signIn, graphUrl } = access;
  const own = new OwnItems();
  const graph = new Graph({ graphUrl, token, own, signal });
  const sandbox = await Sandbox.open(graph, own);
  try {
    const wait = (ms: number) => sleep(ms, undefined, { signal });
    const waiting = { maxMs: options.maxWaitMs, signal, sleep: wait };
    let asked = 0;
    return await askAll(
      assumptions,
      { graph, own, sandbox, token, signIn, receiver, waiting },
      ({ id, says }, answer) => {
        asked += 1;
        say(lineOf(`${asked}/${assumptions.length} ${id}`, says, answer));
      },
    );
  } finally {
    await cleanUp(access, terminal);
  }
}

/** Cleans with a signal of its own: it is done after Ctrl-C as well. */
async function cleanUp({ graphUrl, token }: Access, { say }: Terminal): Promise<number> {
  const own = new OwnItems();
  const signal = new AbortController().signal;
  const { drafts, folders, left } = await clean(new Graph({ graphUrl, token, own, signal }), own);
  say(`Removed: ${drafts} drafts, ${folders} folders${left.length === 0 ? '' : `; left: ${left.join(', ')}`}`);
  return left.length === 0 ? exitCodes.asAssumed : exitCodes.trouble;
}

/** Graph reaches a public address only; an emulator reaches this machine's own. */
async function openReceiver(
  { graphUrl }: Access,
  { port, notificationUrl }: CliOptions,
): Promise<Receiver | undefined> {
  if (notificationUrl !== undefined) return startReceiver(port, notificationUrl);
  return cloudOf(graphUrl) === 'emulator' ? startReceiver(0) : undefined;
}

function lineOf(title: string, says: string, { verdict, assumed, found, reason }: Answer): string {
  if (verdict === 'as assumed') return `${title}: as assumed`;
  if (verdict === 'cannot tell') return `${title}: cannot tell: ${reason}`;
  return `${title}: DIFFERS\n    ${says}\n    assumed: ${assumed}\n    found:   ${found}`;
}
