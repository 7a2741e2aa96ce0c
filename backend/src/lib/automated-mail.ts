/** Names of addresses that nobody reads the answers to, without separators; "noreply" and "donotreply" also within a name. */
const senderNames: ReadonlySet<string> = new Set(
  'mailerdaemon postmaster bounce bounces autoreply automailer notification notifications alert alerts'.split(' '),
);

/** The facts about a mail that tell that a program sent or distributed it; those that are unknown are left out. */
export interface AutomatedSigns {
  /** A header tells that a program sent it. */
  readonly isAutomated?: boolean | undefined;
  readonly hasListUnsubscribe?: boolean | undefined;
  /** The identifier of its mailing list. */
  readonly listId?: string | undefined;
}

/**
 * Tells whether a program sent or distributed a mail, rather than a person to its recipients: by its headers, as mail of a
 * list, or by a sender's address such as noreply@.
 * @param sender a canonical address
 */
export function isAutomatedMail(signs: AutomatedSigns, sender: string | undefined): boolean {
  const { isAutomated, hasListUnsubscribe, listId } = signs;
  return isAutomated === true || hasListUnsubscribe === true || listId !== undefined || isNoReplyAddress(sender);
}

function isNoReplyAddress(address: string | undefined): boolean {
  const name = address?.split('@')[0]?.replace(/[._-]/gu, '') ?? '';
  return /noreply|donotreply|nichtantworten|nepasrepondre/u.test(name) || senderNames.has(name);
}
