import { keysOf } from '../keys-of.ts';
/** The names that stand in for the ids of folders in Graph v1.0. A mailbox need not have all of them. */
export const wellKnownNames: ReadonlySet<string> = new Set([
  'archive',
  'clutter',
  'conflicts',
  'conversationhistory',
  'deleteditems',
  'drafts',
  'inbox',
  'junkemail',
  'localfailures',
  'msgfolderroot',
  'outbox',
  'recoverableitemsdeletions',
  'scheduled',
  'searchfolders',
  'sentitems',
  'serverfailures',
  'syncissues',
]);

/** The well-known names of the folders that a new mailbox has. */
export const builtInFolders = [
  'inbox',
  'drafts',
  'sentitems',
  'deleteditems',
  'archive',
  'junkemail',
  'outbox',
] as const;
type BuiltInFolder = (typeof builtInFolders)[number];

type FolderNames = Readonly<Record<BuiltInFolder | 'msgfolderroot' | 'conversationhistory' | 'syncissues', string>>;

/** Names that people see, by the language that a mailbox was first opened in. */
export const folderNames = {
  en: {
    msgfolderroot: 'Top of Information Store',
    inbox: 'Inbox',
    drafts: 'Drafts',
    sentitems: 'Sent Items',
    deleteditems: 'Deleted Items',
    archive: 'Archive',
    junkemail: 'Junk Email',
    outbox: 'Outbox',
    conversationhistory: 'Conversation History',
    syncissues: 'Sync Issues',
  },
  de: {
    msgfolderroot: 'Oberste Ebene des Informationsspeichers',
    inbox: 'Posteingang',
    drafts: 'Entwürfe',
    sentitems: 'Gesendete Elemente',
    deleteditems: 'Gelöschte Elemente',
    archive: 'Archiv',
    junkemail: 'Junk-E-Mail',
    outbox: 'Postausgang',
    conversationhistory: 'Aufgezeichnete Unterhaltungen',
    syncissues: 'Synchronisierungsprobleme',
  },
  nl: {
    msgfolderroot: 'Bovenste map van gegevensarchief',
    inbox: 'Postvak IN',
    drafts: 'Concepten',
    sentitems: 'Verzonden items',
    deleteditems: 'Verwijderde items',
    archive: 'Archiveren',
    junkemail: 'Ongewenste e-mail',
    outbox: 'Postvak UIT',
    conversationhistory: 'Gesprekgeschiedenis',
    syncissues: 'Synchronisatieproblemen',
  },
} as const satisfies Record<string, FolderNames>;

export type MailboxLanguage = keyof typeof folderNames;

/** The name in the message of Graph's 404, as in "Default folder DeletedItems not found." */
export function defaultFolderName(wellKnownName: string): string {
  const key = keysOf(folderNames.en).find((one) => one === wellKnownName);
  return (key === undefined ? wellKnownName : folderNames.en[key]).replaceAll(' ', '');
}
