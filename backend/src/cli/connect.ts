import '../../check-node.js'; // before all else: an older Node ends here
import type { DeviceCode } from '../auth/microsoft/msal.ts';

const { parseArgs } = await import('node:util');
const { connectDevice, requirePublicClient } = await import('../composition/connect-device.ts');
const { loadConfig } = await import('../config/env.ts');
const { minuteMs, secondMs } = await import('../lib/durations.ts');
const { AppError } = await import('../lib/errors.ts');
const { print, runProgram, withDatabase } = await import('./program.ts');

const usage = `Usage: npm run connect

Connects a mailbox from a machine without a browser: prints an address and a code, and waits until somebody has signed in
there with the code, on any machine. The rules are those of a sign-in in the browser: who has been invited may, and the
person whom ADMIN_EMAIL names becomes the first admin. The running service watches the mailbox from then on.

It needs a public client: MICROSOFT_CLIENT_TYPE=public, and "Allow public client flows" in the app registration.

  --help  show this

Exit code: 0 when the mailbox is connected, 1 when the sign-in is refused, 2 when it could not be done, 130 after Ctrl-C.`;

const progressMs = 15 * secondMs;
const interruptedExitCode = 130;
const nothing = (): void => undefined;

/** Prints the code, and from time to time for how long it is good. @returns what ends that */
function showCode({ userCode, verificationUri, expiresInSeconds }: DeviceCode): () => void {
  const endsAt = Date.now() + expiresInSeconds * secondMs;
  print(`Open ${verificationUri} in a browser on any machine, and enter the code ${userCode}`);
  const timer = setInterval(() => {
    const minutes = Math.max(1, Math.ceil((endsAt - Date.now()) / minuteMs));
    print(`Waiting: the code is good for another ${minutes} min. Ctrl-C ends it`);
  }, progressMs);
  return () => clearInterval(timer);
}

await runProgram(async (args) => {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', default: false } } });
  if (values.help) {
    print(usage);
    return 0;
  }
  const config = loadConfig();
  requirePublicClient(config);
  const interrupt = new AbortController();
  const end = () => interrupt.abort(new Error('Ended: nothing was connected'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end); // a second one kills
  let stopWaiting = nothing;
  const arrived = () => {
    stopWaiting();
    print('Signed in at Microsoft');
  };
  const show = (code: DeviceCode) => {
    stopWaiting = showCode(code);
  };
  try {
    const { address, isQueued } = await withDatabase(config, () =>
      connectDevice(config, { show, arrived, signal: interrupt.signal }),
    );
    const next = isQueued ? 'now' : 'at its next scheduled run, within 15 minutes (Redis did not answer)';
    print(`${address} is connected. The running service reads it ${next}`);
    return 0;
  } catch (error) {
    if (!(error instanceof AppError) && !interrupt.signal.aborted) throw error;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return interrupt.signal.aborted ? interruptedExitCode : 1;
  } finally {
    stopWaiting();
  }
});
