import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

const header = 'mailbox\tsender\tdomain\tfolder\tcount';
const gzipMagic = 0x1f_8b;

/** All mail of one sender in one mailbox: for each message the folder it rests in. */
export interface SenderMail {
  readonly sender: string;
  readonly domain: string;
  /** `inbox`, `deleted`, or a folder of the owner's. */
  readonly folders: readonly string[];
  /** The age of each message in days; all of one day when missing. */
  readonly ages?: readonly number[];
}

/** The mail of one person, by sender. */
export interface MailboxMail {
  readonly mailbox: string;
  readonly senders: readonly SenderMail[];
}

/**
 * Reads placements: lines of mailbox, sender, domain, folder and count, separated by tabs, under a header; gzipped or not.
 * @throws Error that names the line which cannot be read
 */
export async function readPlacements(path: string): Promise<MailboxMail[]> {
  const bytes = await readFile(path);
  const isGzipped = bytes.length > 1 && bytes.readUInt16BE(0) === gzipMagic;
  const [first, ...lines] = (isGzipped ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split(/\r?\n/u);
  if (first !== header) throw new Error(`${path} must begin with the line ${header.replaceAll('\t', ' ')}`);

  const mailboxes = new Map<string, Map<string, { sender: string; domain: string; folders: string[] }>>();
  for (const [index, line] of lines.entries()) {
    const [mailbox, sender, domain, folder, count] = line.split('\t');
    const messages = Number(count);
    if (!mailbox || !sender || !domain || !folder || !Number.isSafeInteger(messages) || messages < 1) {
      throw new Error(`${path}:${index + 2} is not mailbox, sender, domain, folder and count: ${line}`);
    }
    const senders = mailboxes.get(mailbox) ?? new Map<string, { sender: string; domain: string; folders: string[] }>();
    const mail = senders.get(sender) ?? { sender, domain, folders: [] };
    for (let message = 0; message < messages; message++) mail.folders.push(folder);
    senders.set(sender, mail);
    mailboxes.set(mailbox, senders);
  }
  return [...mailboxes].map(([mailbox, senders]) => ({ mailbox, senders: [...senders.values()] }));
}

/**
 * The domain that the most mail of the file comes from: the people in it are of one organization, and write under it
 * without having more in common.
 */
export function organizationOf(mailboxes: readonly MailboxMail[]): string | undefined {
  const messages = new Map<string, number>();
  for (const { domain, folders } of mailboxes.flatMap(({ senders }) => senders)) {
    messages.set(domain, (messages.get(domain) ?? 0) + folders.length);
  }
  return [...messages].toSorted((one, two) => two[1] - one[1])[0]?.[0];
}
