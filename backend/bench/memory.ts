import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Setting } from './measurement.ts';
import type { Launched } from './processes.ts';
import { type Finding, signed } from './report.ts';
import { type Service, startService } from './service.ts';
import { median } from './statistics.ts';
import { startYardstick, type Yardstick } from './yardstick.ts';

/** Most memory that the idle service may take beyond a process that imports its packages, in MiB. */
const limitMib = 15;

/**
 * Resident memory of the idle service, beside that of a process that only imported the same packages. Several of each
 * are idle at once: the engine gives back the memory of the start some time after a process has become idle.
 */
export async function measureMemory({ environment, isQuick, say }: Setting): Promise<Finding[]> {
  const [runs, idleMs] = isQuick ? [2, 15_000] : [3, 30_000];
  const imports: Yardstick[] = [];
  const services: Service[] = [];
  for (let run = 1; run <= runs; run += 1) {
    imports.push(await startYardstick(environment, 'import'));
    services.push(await startService(environment));
  }
  say(`${runs} of each are idle for ${idleMs / 1000} s`);
  await delay(idleMs);
  const [importMib, serviceMib] = [await allMib(imports), await allMib(services)];
  say(`import ${list(importMib)} MiB, service ${list(serviceMib)} MiB`);
  for (const idle of [...imports, ...services]) await idle.stop();
  return [toFinding(median(serviceMib), median(importMib))];
}

function list(values: readonly number[]): string {
  return values.map((value) => value.toFixed(1)).join(' ');
}

function toFinding(serviceMib: number, importMib: number): Finding {
  const moreMib = serviceMib - importMib;
  return {
    what: 'idle memory',
    measured: `${serviceMib.toFixed(1)} MiB`,
    yardstick: `${importMib.toFixed(1)} MiB (imports)`,
    comparison: `${signed(moreMib, 1)} MiB`,
    limit: { text: `+${limitMib} MiB`, isKept: moreMib <= limitMib },
  };
}

function allMib(processes: readonly { readonly launched: Launched }[]): Promise<number[]> {
  return Promise.all(processes.map(({ launched }) => residentMib(launched.pid)));
}

async function residentMib(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) / 1024;
  }
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}
