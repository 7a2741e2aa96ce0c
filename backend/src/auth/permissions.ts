import { grantsAny, type MailAccess } from '../models/fields/mail-access.ts';

/** What MSEDB asks Microsoft for, and why: the end of a sentence. */
interface NamedScope {
  readonly scope: string;
  readonly why: string;
}

const profile: NamedScope = { scope: 'User.Read', why: 'to learn the names of the account that signs in' };
const looking: NamedScope = {
  scope: 'Mail.ReadBasic',
  why: 'to see sender, subject, folder, read state and flag of messages; Microsoft gives no bodies and refuses every change',
};
const acting: NamedScope = {
  scope: 'Mail.ReadWrite',
  why: 'to move, mark and categorize messages for rules that you have approved, and to undo it',
};

/** The permissions that each access needs, and is refused without. */
export const permissionsOf: Readonly<Record<MailAccess, readonly NamedScope[]>> = {
  look: [profile, looking],
  act: [profile, acting],
};

/** What MSEDB never asks Microsoft for. */
export const neverAsked = [
  'Mail.Send',
  'Mail.ReadWrite.Shared',
  'Mail-Advanced.ReadWrite',
  'MailboxSettings.ReadWrite',
  'Calendars.Read',
  'Contacts.Read',
  'Files.Read',
  'Directory.Read.All',
] as const;

/** Any of these lets metadata be read. */
const readScopes = ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'];

/** Tells if granted scopes are enough for an access: a consent to more may stand in for looking. */
export function coversAccess(granted: readonly string[], access: MailAccess): boolean {
  const hasMail = grantsAny(granted, access === 'look' ? readScopes : [acting.scope]);
  return hasMail && grantsAny(granted, [profile.scope]);
}
