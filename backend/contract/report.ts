import { writeFile } from 'node:fs/promises';

type Verdict = 'as assumed' | 'differs' | 'cannot tell';

export interface Answer {
  readonly verdict: Verdict;
  readonly assumed: string;
  /** Missing when it cannot be told. */
  readonly found?: string;
  /** Why it cannot be told. */
  readonly reason?: string;
}

/** What a tenant answered: no ids, addresses, subjects or names of anybody. */
export interface ContractReport {
  readonly contract: 1;
  /** Day of the run, in UTC. */
  readonly date: string;
  readonly cloud: 'worldwide' | 'us-gov' | 'us-dod' | 'emulator' | 'other';
  readonly access: 'mailbox' | 'device code';
  /** By the id of the assumption. */
  readonly answers: Readonly<Record<string, Answer>>;
}

const withheld = 'withheld, as it may be personal data';
const plainText = /^[\w .,:?+@-]{0,300}$/;
const address = /@(?!odata\.)/;
const guid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/i;
const longestWord = 40;

/** Judges what was found. Anything that could be data is withheld: findings are words, codes and property names. */
export function answerOf(assumed: string, found: string): Answer {
  if (!isPlain(found)) return { verdict: 'differs', assumed, found: withheld };
  return { verdict: found === assumed ? 'as assumed' : 'differs', assumed, found };
}

export function unansweredOf(assumed: string, reason: string): Answer {
  return { verdict: 'cannot tell', assumed, reason: isPlain(reason) ? reason : withheld };
}

/** True for a text without an address, a GUID, or a word as long as an id. */
function isPlain(text: string): boolean {
  const hasLongWord = text.split(/[ ,]/).some((word) => word.length > longestWord);
  return plainText.test(text) && !address.test(text) && !guid.test(text) && !hasLongWord;
}

/** Names the cloud by the address of its Graph; an address of anybody's own is not named. */
export function cloudOf(graphUrl: string): ContractReport['cloud'] {
  const { hostname } = new URL(graphUrl);
  if (hostname === 'graph.microsoft.com') return 'worldwide';
  if (hostname === 'graph.microsoft.us') return 'us-gov';
  if (hostname === 'dod-graph.microsoft.us') return 'us-dod';
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? 'emulator' : 'other';
}

export async function writeReport(file: string, report: ContractReport): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** Counts the answers, as in "60 as assumed, 1 differs, 2 cannot tell". */
export function summaryOf({ answers }: ContractReport): string {
  const count = (verdict: Verdict) => Object.values(answers).filter((answer) => answer.verdict === verdict).length;
  return `${count('as assumed')} as assumed, ${count('differs')} differ, ${count('cannot tell')} cannot be told`;
}
