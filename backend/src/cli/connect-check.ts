import '../../check-node.js'; // before all else: an older Node ends here
import type { Finding } from '../auth/microsoft/probe-registration.ts';

const { checkConnection } = await import('./check-connection.ts');
const { loadConfig } = await import('../config/env.ts');
const { parseCommand, print, runProgram } = await import('./program.ts');

const usage = `Usage: npm run connect:check

Says what is configured for Microsoft 365, which permissions are granted, what is missing and who must act, with the
link at which an administrator consents for everybody. It needs the settings alone: Microsoft is asked what it tells
without a person. If MongoDB can be reached, the tokens of the connected mailboxes say which permissions they have.
It changes nothing, and prints neither secrets nor addresses of people.

  --help  show this

Exit code: 0 when nothing is missing, 1 when something is, 2 when it could not be done.`;

const marks: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok      ',
  missing: 'MISSING ',
  optional: 'optional',
  unknown: 'unknown ',
};

await runProgram(async (args) => {
  if (parseCommand(args, [], usage).help) {
    print(usage);
    return 0;
  }
  const { findings, adminConsentUrl } = await checkConnection(loadConfig());
  for (const { state, text } of findings) print(`${marks[state]}  ${text}`);
  if (adminConsentUrl !== undefined)
    print(`\nThe link for an administrator of the organization, good for 7 days:\n${adminConsentUrl}`);
  return findings.some(({ state }) => state === 'missing') ? 1 : 0;
});
