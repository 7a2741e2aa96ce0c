import { z } from 'zod';
import { accessDenied, badRequest } from '../errors.ts';
import type { EmulatorReply } from '../http/exchange.ts';
import { param } from '../http/router.ts';
import { validateReceiver } from '../notifications/handshake.ts';
import type { ChangeType, Subscription } from '../notifications/subscriptions.ts';
import type { Person } from '../people.ts';
import { type GraphContext, readMail, requireScope } from './context.ts';
import { withPlainKeys } from './paths.ts';

const resourcePattern = /^\/?(?:me|users\/([^/]+))(?:\/mailfolders\/([^/]+))?\/messages\/?$/i;

const creation = z.object({
  changeType: z.string(),
  notificationUrl: z.url(),
  lifecycleNotificationUrl: z.url().optional(),
  resource: z.string(),
  expirationDateTime: z.string(),
  clientState: z.string().max(128).optional(),
  latestSupportedTlsVersion: z.string().optional(),
});

/** POST subscriptions: both receivers are asked while the request is open. @throws 400 when one does not answer */
export async function createSubscription(context: GraphContext): Promise<EmulatorReply> {
  requireScope(context, readMail);
  const parsed = creation.safeParse(context.request.body);
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error), 'InvalidRequest');
  const asked = parsed.data;
  const { subscriptions, person, mailbox } = context;
  const folder = folderOf(asked.resource, person);
  if (folder !== undefined) mailbox.getReadableFolder(folder);
  const changeTypes = changeTypesOf(asked.changeType);
  const expiresAtMs = subscriptions.expiryFor(asked.expirationDateTime);
  await validateReceiver(asked.notificationUrl);
  if (asked.lifecycleNotificationUrl !== undefined) await validateReceiver(asked.lifecycleNotificationUrl);
  const subscription = subscriptions.add({
    person,
    resource: asked.resource,
    folder,
    changeTypes,
    notificationUrl: asked.notificationUrl,
    lifecycleNotificationUrl: asked.lifecycleNotificationUrl,
    clientState: asked.clientState,
    immutableIds: context.immutableIds,
    expiresAtMs,
  });
  return { status: 201, body: view(context, subscription) };
}

export function listSubscriptions(context: GraphContext): EmulatorReply {
  const value = context.subscriptions.all(context.person).map((subscription) => fieldsOf(context, subscription));
  return { status: 200, body: { '@odata.context': `${context.request.origin}/v1.0/$metadata#subscriptions`, value } };
}

export function getSubscription(context: GraphContext): EmulatorReply {
  return { status: 200, body: view(context, own(context)) };
}

const renewal = z.object({ expirationDateTime: z.string(), notificationUrl: z.url().optional() });

/** PATCH subscriptions/{id}: a new time to live. */
export function renewSubscription(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  const parsed = renewal.safeParse(context.request.body);
  if (!parsed.success) throw badRequest('expirationDateTime is missing.', 'InvalidRequest');
  const subscription = own(context);
  subscription.expiresAtMs = context.subscriptions.expiryFor(parsed.data.expirationDateTime);
  return { status: 200, body: view(context, subscription) };
}

/** POST subscriptions/{id}/reauthorize. */
export function reauthorizeSubscription(context: GraphContext): EmulatorReply {
  requireScope(context, readMail);
  own(context);
  return { status: 204 };
}

export function deleteSubscription(context: GraphContext): EmulatorReply {
  context.subscriptions.end(own(context).id);
  return { status: 204 };
}

function own({ subscriptions, params, person }: GraphContext): Subscription {
  return subscriptions.get(param(params, 'subscription'), person);
}

function folderOf(resource: string, person: Person): string | undefined {
  const match = resourcePattern.exec(withPlainKeys(resource));
  if (match === null) throw badRequest(`The emulator has no notifications for ${resource}.`, 'InvalidRequest');
  const user = match[1];
  const names = [person.oid, person.email.toLowerCase(), person.userPrincipalName.toLowerCase()];
  if (user !== undefined && !names.includes(user.toLowerCase())) throw accessDenied();
  return match[2];
}

function changeTypesOf(list: string): ReadonlySet<ChangeType> {
  const types = new Set<ChangeType>();
  for (const name of list.split(',')) {
    const type = name.trim().toLowerCase();
    if (type !== 'created' && type !== 'updated' && type !== 'deleted')
      throw badRequest(`There is no changeType ${name}.`, 'InvalidRequest');
    types.add(type);
  }
  return types;
}

function view(context: GraphContext, subscription: Subscription): Readonly<Record<string, unknown>> {
  return {
    '@odata.context': `${context.request.origin}/v1.0/$metadata#subscriptions/$entity`,
    ...fieldsOf(context, subscription),
  };
}

function fieldsOf({ clientId }: GraphContext, subscription: Subscription): Readonly<Record<string, unknown>> {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: clientId,
    changeType: [...subscription.changeTypes].join(','),
    clientState: subscription.clientState ?? null,
    notificationUrl: subscription.notificationUrl,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl ?? null,
    expirationDateTime: new Date(subscription.expiresAtMs).toISOString(),
    creatorId: subscription.person.oid,
    latestSupportedTlsVersion: 'v1_2',
    encryptionCertificate: null,
    encryptionCertificateId: null,
    includeResourceData: null,
    notificationQueryOptions: null,
    notificationUrlAppId: null,
  };
}
