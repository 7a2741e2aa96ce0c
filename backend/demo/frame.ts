import { daysOfMail } from '../emulator/lively-correspondents.ts';
import type { Demo } from './demo.ts';

type Print = (line: string) => void;

/** Says what runs, and how the requests below are to be read. */
export function welcome({ owner, emulator, api }: Demo, print: Print): void {
  const lines = [
    '',
    `   Microsoft 365   ${emulator.url}, our own`,
    `   mailbox         ${owner.email}: ${owner.mailbox.messageCount} messages of the last ${daysOfMail} days`,
    `   backend         ${api.url}`,
    '',
    '   In the requests below MSEDB is that address, JAR a file for cookies, and CSRF the header',
    '   of writes, "x-msedb-csrf: <csrfToken of /auth/me>". After $ comes what a person would type,',
    '   below it what matters of the answer, and after ✓ what was looked up to be sure.',
  ];
  for (const line of lines) print(line);
}

/** Says that all went well. @param tookMs how long the story took */
export function farewell({ story }: Demo, tookMs: number, print: Print): void {
  print('');
  print(`All ${story.checks} checks hold. The story took ${Math.round(tookMs / 1_000)} s.`);
}
