/**
 * What is ever asked for of a message: metadata only. The content of a mail (body, bodyPreview, uniqueBody,
 * attachments) is not on this list, and what is not on a list of this file cannot be selected.
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

/** Where a message rests: enough after an action, and to follow up a removal from a folder. */
export const placementFields = ['id', 'parentFolderId'] as const satisfies readonly MessageField[];

/** Whom the owner wrote to, and when: nothing else of sent mail is asked for. */
export const sentFields = ['id', 'sentDateTime', 'toRecipients', 'ccRecipients'] as const;

export const folderFields = [
  'id',
  'displayName',
  'parentFolderId',
  'childFolderCount',
  'totalItemCount',
  'unreadItemCount',
] as const;

type MessageField = (typeof messageFields)[number];
export type SelectableField = MessageField | (typeof sentFields)[number] | (typeof folderFields)[number];
