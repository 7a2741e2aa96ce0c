/**
 * The fields of a message that are ever requested: metadata only. The content of a mail (body, bodyPreview, uniqueBody,
 * attachments) is not on this list, and fields that are on no list of this file cannot be selected.
 */
export const messageFields = [
  'id',
  'parentFolderId',
  'internetMessageId',
  'conversationId',
  'receivedDateTime',
  'lastModifiedDateTime',
  'subject',
  'from',
  'importance',
  'hasAttachments',
  'isRead',
  'isDraft',
  'flag',
  'categories',
  'internetMessageHeaders',
] as const;

/** The folder of a message: enough after an action. */
export const placementFields = ['id', 'parentFolderId'] as const satisfies readonly MessageField[];

/** The properties of a message that rests in a folder. */
export const restingFields = [
  'id',
  'parentFolderId',
  'isRead',
  'flag',
  'categories',
] as const satisfies readonly MessageField[];

/** The recipients and time of sent mail: nothing else of it is requested. */
export const sentFields = ['id', 'sentDateTime', 'toRecipients', 'ccRecipients'] as const;

export const folderFields = [
  'id',
  'displayName',
  'parentFolderId',
  'childFolderCount',
  'totalItemCount',
  'unreadItemCount',
] as const;

/** The names of an account's owner. */
export const profileFields = ['id', 'mail', 'userPrincipalName'] as const;

type MessageField = (typeof messageFields)[number];
export type SelectableField =
  | MessageField
  | (typeof sentFields)[number]
  | (typeof folderFields)[number]
  | (typeof profileFields)[number];
