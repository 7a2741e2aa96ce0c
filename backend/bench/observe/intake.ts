import autocannon from 'autocannon';
import { WebhookSubscription } from '../../src/models/index.ts';
import type { FloodedMailbox } from './flooded-mailbox.ts';
import type { FloodStage } from './stage.ts';

/** How Graph's requests are answered while synchronizations run. */
export interface IntakeResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 202. */
  readonly refused: number;
}

const notificationsPerSecond = 500;
const clients = 20;
/** Before anything is read anew: a service that has been running for a while is what is measured. */
const warmUpSeconds = 5;
/** Messages that are told of, over and over, in each mailbox. */
const messagesPerMailbox = 50;

/** Sends 500 notifications a second, one a request, while every mailbox reads all its folders anew. */
export async function measureIntake(
  { backend }: FloodStage,
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
