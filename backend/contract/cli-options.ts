import { parseArgs } from 'node:util';

export const helpText = `npm run graph:contract: asks Microsoft 365 whether it behaves as MSEDB assumes

Which account:
  --mailbox <address>         one that is connected to the running service, with the settings of .env; the program
                              needs to reach the service's MongoDB and Redis
  --device-code               sign in with a code, in any browser. The app registration must allow public client
                              flows. Asks about sign-in and scopes as well

What to do:
  --list                      print every assumption with its source, and end
  --clean                     remove what an interrupted run left, and end
  --yes                       do not ask before it starts
  --report <file>             write the answers as JSON; without it they are printed only

Notifications, which Graph sends to a public https address only:
  --notification-url <url>    address that leads to this machine; without it they are asked about on the emulator only
  --listen <port>             port that the address leads to (8021)
  --wait <seconds>            longest wait for what Graph shows late (180)

It makes the folder "MSEDB contract" and drafts in it, moves, flags, categorizes and deletes these, and removes
everything at the end, also after Ctrl-C. It changes no other mail. It reads ids of folders, the number of inbox rules,
and no other mail. The report holds no ids, addresses, subjects or names: attach it to a bug report, or start an
emulator that behaves so: npm run emulator -- --as <file>.

Exit code: 0 when nothing differs, 1 when something differs (which is worth a report, not a failure of yours), 2 when
the program could not do its work, 130 when it was interrupted.`;

export interface CliOptions {
  readonly access: { readonly mailbox: string } | 'device code';
  readonly work: 'ask' | 'clean';
  /** True: start without a question. */
  readonly isAgreed: boolean;
  readonly reportFile: string | undefined;
  readonly notificationUrl: string | undefined;
  readonly port: number;
  readonly maxWaitMs: number;
}

const options = {
  help: { type: 'boolean', short: 'h' },
  list: { type: 'boolean' },
  clean: { type: 'boolean' },
  yes: { type: 'boolean' },
  mailbox: { type: 'string' },
  'device-code': { type: 'boolean' },
  report: { type: 'string' },
  'notification-url': { type: 'string' },
  listen: { type: 'string', default: '8021' },
  wait: { type: 'string', default: '180' },
} as const;

/** @returns what to do; `help` or `list` when that was asked for. @throws Error that names what is wrong */
export function parseCliOptions(args: readonly string[]): CliOptions | 'help' | 'list' {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help === true) return 'help';
  if (values.list === true) return 'list';
  return {
    access: accessOf(values.mailbox, values['device-code'] === true),
    work: values.clean === true ? 'clean' : 'ask',
    isAgreed: values.yes === true,
    reportFile: values.report,
    notificationUrl: httpsUrl(values['notification-url']),
    port: wholeNumber('--listen', values.listen, { min: 1, max: 65_535 }),
    maxWaitMs: wholeNumber('--wait', values.wait, { min: 1, max: 3_600 }) * 1_000,
  };
}

function accessOf(mailbox: string | undefined, isDeviceCode: boolean): CliOptions['access'] {
  if ((mailbox === undefined) !== isDeviceCode) throw new Error('Give either --mailbox <address> or --device-code');
  return mailbox === undefined ? 'device code' : { mailbox };
}

function httpsUrl(text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && new URL(text).protocol === 'https:')) return text;
  throw new Error(`--notification-url must be an https address, not ${JSON.stringify(text)}`);
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new Error(`${option} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}
