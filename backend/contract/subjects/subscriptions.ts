import { type Assumption, CannotTell } from '../assumption.ts';
import { namesOf, textOf } from '../fields.ts';
import { outcomeOf } from '../graph.ts';
import { eventsOf, minutesGranted, notificationsOfMove, subscribe, subscribed } from '../notifications.ts';
import { receiverOf } from '../workbench.ts';

const subscription = 'https://learn.microsoft.com/graph/api/resources/subscription';
const webhooks = 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks';
const outlook = 'https://learn.microsoft.com/graph/outlook-change-notifications-overview';

/** Subscriptions, and what they tell. */
export const subscriptions: readonly Assumption[] = [
  {
    id: 'subscriptions.handshake',
    says: 'Graph asks the receiver to validate itself while the subscription is created.',
    source: webhooks,
    assumed: 'during',
    ask: (bench) => {
      const before = receiverOf(bench).handshakes();
      return subscribed(bench, {}, async () => (receiverOf(bench).handshakes() > before ? 'during' : 'not yet'));
    },
  },
  {
    id: 'subscriptions.lifetime',
    says: 'A lifetime of 10,000 minutes is granted.',
    source: subscription,
    assumed: '10000 minutes',
    ask: (bench) => minutesGranted(bench, 10_000),
  },
  {
    id: 'subscriptions.longest-lifetime',
    says: 'The longest lifetime is 10,080 minutes.',
    source: subscription,
    assumed: '10080 minutes',
    ask: (bench) => minutesGranted(bench, 10_080),
  },
  {
    id: 'subscriptions.beyond-lifetime',
    says: 'More than 10,080 minutes are refused.',
    source: subscription,
    assumed: '400',
    ask: async (bench) => {
      const granted = await minutesGranted(bench, 10_200);
      return granted.startsWith('400') ? '400' : granted;
    },
  },
  {
    id: 'subscriptions.client-state-length',
    says: 'A clientState of more than 128 characters is refused.',
    source: subscription,
    assumed: '400',
    ask: async (bench) => String((await subscribe(bench, { clientState: 'x'.repeat(129) })).status),
  },
  {
    id: 'subscriptions.renewal',
    says: 'A subscription can be renewed.',
    source: 'https://learn.microsoft.com/graph/api/subscription-update',
    assumed: '200',
    ask: (bench) =>
      subscribed(bench, {}, async (made) => {
        const expirationDateTime = new Date(Date.now() + 7_200_000).toISOString();
        return outcomeOf(
          await bench.graph.call('PATCH', `/subscriptions/${textOf(made['id'])}`, { body: { expirationDateTime } }),
        );
      }),
  },
  {
    id: 'subscriptions.gone',
    says: 'A subscription that has ended is answered with 404 when it is renewed.',
    source: 'reported',
    assumed: '404',
    ask: async (bench) => {
      const path = `/subscriptions/${await subscribed(bench, {}, async (made) => String(made['id']))}`;
      const expirationDateTime = new Date(Date.now() + 7_200_000).toISOString();
      return String((await bench.graph.call('PATCH', path, { body: { expirationDateTime } })).status);
    },
  },
  {
    id: 'subscriptions.read-change',
    says: 'A change of isRead is told as updated, by the immutable id, and with the clientState.',
    source: outlook,
    assumed: 'updated with clientState',
    ask: async (bench) => {
      const { sandbox } = bench;
      const id = await sandbox.draft({ properties: { isRead: true } });
      const told = await eventsOf(bench, id, () => sandbox.change(id, { isRead: false }));
      const state = told.every(({ hasClientState }) => hasClientState) ? 'with clientState' : 'without clientState';
      return `${namesOf(told.map(({ type }) => type))} ${state}`;
    },
  },
  {
    id: 'subscriptions.move-kinds',
    says: 'A move is told as updated and created, by the immutable id.',
    source: outlook,
    assumed: 'created updated',
    ask: async (bench) => namesOf((await notificationsOfMove(bench)).told.map(({ type }) => type)),
  },
  {
    id: 'subscriptions.move-parent',
    says: 'The notifications of a move name no folder, or the one that the message came to.',
    source: 'reported',
    assumed: 'none or new',
    ask: async (bench) => {
      const { told, to } = await notificationsOfMove(bench);
      const parents = told.flatMap(({ parentFolderId }) => (parentFolderId === undefined ? [] : [parentFolderId]));
      return parents.every((parent) => parent === to) ? 'none or new' : 'old';
    },
  },
  {
    id: 'subscriptions.invitation-on-phone',
    says: 'An invitation that is accepted on a phone is moved to Deleted Items, as in Outlook on the web.',
    source: 'reported',
    assumed: 'moved',
    ask: () => {
      throw new CannotTell('it takes a person, an invitation and a phone');
    },
  },
];
