import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Api } from './api.ts';
import { Interrupted } from './interrupted.ts';
import { backendLog, type DemoEnvironment } from './environment.ts';

/**
 * Says how to go on with what runs, and waits to be ended.
 * @throws the signal's reason, unless it was a person who ended it
 */
export async function leaveRunning(
  { url, folder, emulator, owner, stores }: DemoEnvironment,
  api: Api,
  { print, signal }: { readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const jarFile = join(folder, 'cookies.txt');
  writeFileSync(jarFile, api.jar.toCurlFile(Date.now()), { mode: 0o600 });
  const person = `${emulator.url}/_emulator/people/${owner.email}`;
  const lines = [
    '',
    'Everything is left running. In another terminal:',
    '',
    `  export MSEDB=${url} JAR=${jarFile}`,
    `  export CSRF='x-msedb-csrf: ${api.csrfToken}'`,
    '  curl -b $JAR $MSEDB/api/audit',
    '',
    `  the API         ${url}/api/docs`,
    `  in a browser    ${url}/auth/login   signs in as ${owner.email}`,
    `  cookie          ${api.jar.header()}`,
    `  her mailbox     curl ${person}/messages`,
    `  mail for her    curl ${person}/actions -d '{"do":"deliver","from":"news@daily-deals.example","subject":"Hi"}'`,
    `  MongoDB, Redis  ${stores.mongoUri}, ${stores.redis.host}:${stores.redis.port}`,
    `  log             ${relative(process.cwd(), backendLog(folder))}`,
    '',
    'Ctrl-C ends it.',
  ];
  for (const line of lines) print(line);
  if (!signal.aborted) await once(signal, 'abort');
  if (!(signal.reason instanceof Interrupted)) signal.throwIfAborted();
}
