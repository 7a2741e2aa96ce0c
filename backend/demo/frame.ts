import { daysOfMail } from '../emulator/lively-correspondents.ts';
import type { Demo } from './demo.ts';

type Print = (line: string) => void;

/** Says what runs, and how the requests below are to be read. */
export function welcome({ owner, emulator, api }: Demo, print: Print): void {
  const lines = [
    '',
    `   Microsoft 365   ${emulator.url} (emulated)`,
    `   mailbox         ${owner.email}: ${owner.mailbox.messageCount} messages of the last ${daysOfMail} days`,
    `   backend         ${api.url}`,
    '',
    '   In the requests below MSEDB is the address of the backend, JAR a cookie file, and CSRF the',
    '   header "x-msedb-csrf: <csrfToken of /auth/me>" of writes. Lines with $ are requests, followed',
    '   by the main fields of the response. Lines with ✓ are checks.',
  ];
  for (const line of lines) print(line);
}

/** Says that all went well. @param tookMs how long the story took */
export function farewell({ story }: Demo, tookMs: number, print: Print): void {
  print('');
  print(`All ${story.checks} checks passed in ${Math.round(tookMs / 1_000)} s.`);
}
