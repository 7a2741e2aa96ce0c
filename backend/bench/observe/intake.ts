import autocannon from 'autocannon';
import { WebhookSubscription } from '../../src/models/index.ts';
import type { FloodedMailbox } from './flooded-mailbox.ts';
import type { FloodEnvironment } from './flood-environment.ts';

/** Response times of the notification endpoint while synchronizations run. */
export interface IntakeResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Number of failed or refused requests. */
  readonly refused: number;
}

const notificationsPerSecond = 500;
const clients = 20;
/** Warm-up before the measurement, so that a service that has run for a while is measured. */
const warmUpSeconds = 5;
/** Number of messages of each mailbox that notifications repeat. */
const messagesPerMailbox = 50;

/** Sends 500 notifications a second, one per request, while every mailbox is synchronized from scratch. */
export async function measureIntake(
  { backend }: FloodEnvironment,
  mailboxes: readonly FloodedMailbox[],
  seconds: number,
): Promise<IntakeResult> {
  const requests = (await Promise.all(mailboxes.map(notificationsOf))).flat();
  const send = (duration: number) =>
    autocannon({
      url: `${backend.url}/webhooks/graph`,
      connections: clients,
      duration,
      overallRate: notificationsPerSecond,
      workers: 1,
      requests,
    });
  await send(warmUpSeconds);
  for (const { watched } of mailboxes) watched.person.mailbox.deltaEpoch += 1;
  await Promise.all(mailboxes.map(({ watched }) => watched.askForSync()));
  const result = await send(seconds);
  return {
    perSecond: result['2xx'] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    refused: result.non2xx + result.errors + result.timeouts,
  };
}

async function notificationsOf({ watched }: FloodedMailbox): Promise<autocannon.Request[]> {
  const { subscriptionId, clientState } = await WebhookSubscription.findOne({ mailboxId: watched.mailboxId })
    .lean()
    .orFail();
  return watched.person.mailbox
    .messages()
    .slice(0, messagesPerMailbox)
    .map(({ id }) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        value: [
          { subscriptionId, clientState, changeType: 'updated', resource: `me/messages/${id}`, resourceData: { id } },
        ],
      }),
    }));
}
