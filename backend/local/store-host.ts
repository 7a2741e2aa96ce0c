import { claimFolder } from './claim.ts';
import { type HostReport, hostOrder, type StartOrder } from './host-messages.ts';
import { markOf, type ProcessMark, stopProcess } from './process.ts';
import { startAll } from './start-all.ts';

/**
 * The process that owns the running stores. It is a process of its own, in a group of its own, so that neither Ctrl-C
 * in a terminal nor the sudden end of what uses the stores takes them down in disorder.
 */
const guardedGraceMs = 30_000;

const leaving = new AbortController();
let releases: (() => Promise<void> | void)[] = [];
let guarded: ProcessMark | undefined;
let starting: Promise<void> = Promise.resolve();
let isStopping = false;

function report(message: HostReport): void {
  if (process.connected) process.send?.(message);
}

async function start(order: StartOrder): Promise<void> {
  const [host, owner] = [markOf(process.pid), markOf(process.ppid)];
  if (host === undefined || owner === undefined) return;
  try {
    releases.unshift(await claimFolder(order.dataDir, host, owner));
    const ready = await startAll(order, {
      signal: leaving.signal,
      release: (step) => releases.unshift(step),
      lost: (message) => !isStopping && report({ type: 'lost', message }),
    });
    report(ready);
  } catch (error) {
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    void stop('a start that failed');
  }
}

/** Ends what uses the stores, then the stores, last started first. */
async function stop(reason: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  console.log(`stopping after ${reason}`);
  leaving.abort();
  if (guarded !== undefined) await stopProcess(guarded, 'SIGTERM', guardedGraceMs);
  await starting;
  for (const release of releases) {
    try {
      await release();
    } catch (error) {
      console.error('could not stop a store:', error);
    }
  }
  releases = [];
  process.exit(0);
}

process.on('message', (message) => {
  const order = hostOrder.parse(message);
  if (order.type === 'start') starting = start(order);
  if (order.type === 'guard') guarded = markOf(order.pid);
  if (order.type === 'stop') void stop('an order');
});
process.on('disconnect', () => void stop('the end of its owner'));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
