import { Router } from '../http/router.ts';
import type { GraphHandler } from './context.ts';
import { foldersDelta, messagesDelta, refuseMailboxDelta } from './delta.ts';
import { createDraft, deleteFolder, deleteMessage } from './drafts.ts';
import { createFolder, getFolder, listFolders, moveFolder } from './folders.ts';
import { getMe } from './me.ts';
import { listMessageRules } from './message-rules.ts';
import { getMessage, listMessages, moveMessage, refuseContent, refuseDeletion } from './messages.ts';
import { patchMessage } from './patch-message.ts';
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  reauthorizeSubscription,
  renewSubscription,
} from './subscriptions.ts';

/** What this Graph answers, below /v1.0. */
export function graphRoutes(): Router<GraphHandler> {
  const router = new Router<GraphHandler>()
    .add('GET', '/me', getMe)
    .add('GET', '/me/mailFolders', listFolders)
    .add('POST', '/me/mailFolders', createFolder)
    .add('GET', '/me/mailFolders/delta', foldersDelta)
    .add('GET', '/me/mailFolders/:folder', getFolder)
    .add('POST', '/me/mailFolders/:folder/move', moveFolder)
    .add('DELETE', '/me/mailFolders/:folder', deleteFolder)
    .add('POST', '/me/mailFolders/:folder/permanentDelete', refuseDeletion)
    .add('GET', '/me/mailFolders/:folder/childFolders', listFolders)
    .add('POST', '/me/mailFolders/:folder/childFolders', createFolder)
    .add('GET', '/me/mailFolders/:folder/messageRules', listMessageRules)
    .add('GET', '/me/mailFolders/:folder/messages', listMessages)
    .add('GET', '/me/mailFolders/:folder/messages/delta', messagesDelta)
    .add('POST', '/me/mailFolders/:folder/messages', createDraft)
    .add('GET', '/me/messages', listMessages)
    .add('POST', '/me/messages', createDraft)
    .add('GET', '/me/messages/delta', refuseMailboxDelta)
    .add('POST', '/subscriptions', createSubscription)
    .add('GET', '/subscriptions', listSubscriptions)
    .add('GET', '/subscriptions/:subscription', getSubscription)
    .add('PATCH', '/subscriptions/:subscription', renewSubscription)
    .add('DELETE', '/subscriptions/:subscription', deleteSubscription)
    .add('POST', '/subscriptions/:subscription/reauthorize', reauthorizeSubscription);
  for (const base of ['/me/messages/:message', '/me/mailFolders/:folder/messages/:message']) {
    router
      .add('GET', base, getMessage)
      .add('PATCH', base, patchMessage)
      .add('DELETE', base, deleteMessage)
      .add('POST', `${base}/move`, moveMessage)
      .add('GET', `${base}/attachments`, refuseContent)
      .add('GET', `${base}/$value`, refuseContent)
      .add('POST', `${base}/permanentDelete`, refuseDeletion);
  }
  return router;
}
