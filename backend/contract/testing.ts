import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { Emulator } from '../emulator/emulator.ts';

const reportShape = z.strictObject({
  contract: z.literal(1),
  date: z.iso.date(),
  cloud: z.literal('emulator'),
  access: z.enum(['mailbox', 'device code']),
  answers: z.record(
    z.string(),
    z.strictObject({
      verdict: z.enum(['as assumed', 'differs', 'cannot tell']),
      assumed: z.string(),
      found: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});

interface ContractRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The settings that point the program at an emulator. */
export function settingsOf({ clientId, clientSecret, loginUrl, graphUrl }: Emulator): Record<string, string> {
  return {
    MICROSOFT_CLIENT_ID: clientId,
    MICROSOFT_CLIENT_SECRET: clientSecret,
    MICROSOFT_LOGIN_URL: loginUrl,
    GRAPH_URL: graphUrl,
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  };
}

/** Starts the program; the caller may end it. */
export function startContract(env: Readonly<Record<string, string>>, args: readonly string[]) {
  return execa(process.execPath, ['--import', 'tsx', 'contract/main.ts', ...args], {
    env: { ...env },
    reject: false,
  });
}

/** Runs the program by device code, and reads its report. */
export async function reportOf(
  emulator: Emulator,
  folder: string,
): Promise<ContractRun & { report: z.infer<typeof reportShape> }> {
  const file = join(folder, `report-${Date.now()}.json`);
  const args = ['--device-code', '--yes', '--wait', '3', '--report', file];
  const { exitCode, stdout, stderr } = await startContract(settingsOf(emulator), args);
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`There is no report:\n${stdout}\n${stderr}`);
  });
  return { exitCode, stdout, stderr, report: reportShape.parse(JSON.parse(text)) };
}
