import { CannotTell } from './assumption.ts';
import { type Fields, fieldsOf, textOf } from './fields.ts';
import { type GraphAnswer, outcomeOf } from './graph.ts';
import { receiverOf, untilFound, type Workbench } from './workbench.ts';

interface SubscriptionDraft {
  /** One hour unless given. */
  readonly minutes?: number;
  readonly clientState?: string;
}

/** What a notification tells of one message. */
interface Told {
  readonly type: string;
  readonly hasClientState: boolean;
  readonly parentFolderId: string | undefined;
}

const clientState = 'msedb-contract';
/** As long as nothing more has come, compared with the longest wait. */
const quietPart = 6;

/** Watches the whole mailbox, as MSEDB does. What comes of other mail is let lie. */
export function subscribe(bench: Workbench, draft: SubscriptionDraft): Promise<GraphAnswer> {
  const { url } = receiverOf(bench);
  const { minutes = 60 } = draft;
  return bench.graph.call('POST', '/subscriptions', {
    body: {
      resource: '/me/messages',
      changeType: 'created,updated,deleted',
      notificationUrl: url,
      lifecycleNotificationUrl: url,
      clientState: draft.clientState ?? clientState,
      expirationDateTime: new Date(Date.now() + minutes * 60_000).toISOString(),
    },
  });
}

/** Runs `work` while the mailbox is watched. @throws CannotTell when it cannot be */
export async function subscribed<T>(
  bench: Workbench,
  draft: SubscriptionDraft,
  work: (made: Fields) => Promise<T>,
): Promise<T> {
  const answer = await subscribe(bench, draft);
  const id = textOf(answer.body['id']);
  if (answer.status !== 201 || id === undefined) throw new CannotTell(`no subscription: ${outcomeOf(answer)}`);
  try {
    return await work(answer.body);
  } finally {
    await bench.graph.call('DELETE', `/subscriptions/${encodeURIComponent(id)}`);
  }
}

/** How long a subscription lives that asks for so many minutes, or the refusal. */
export async function minutesGranted(bench: Workbench, minutes: number): Promise<string> {
  const askedAtMs = Date.now();
  const answer = await subscribe(bench, { minutes });
  const id = textOf(answer.body['id']);
  if (answer.status !== 201 || id === undefined) return outcomeOf(answer);
  await bench.graph.call('DELETE', `/subscriptions/${encodeURIComponent(id)}`);
  const end = Date.parse(textOf(answer.body['expirationDateTime']) ?? '');
  return `${Math.round((end - askedAtMs) / 60_000)} minutes`;
}

/** What is told of a message after `act`: everything, until nothing more has come for a while. */
export async function eventsOf(bench: Workbench, id: string, act: () => Promise<unknown>): Promise<Told[]> {
  return subscribed(bench, {}, async () => {
    const { received } = receiverOf(bench);
    const before = received.length;
    const toldSince = () => received.slice(before).filter((one) => fieldsOf(one['resourceData'])['id'] === id);
    await act();
    await untilFound(bench.waiting, async () => (toldSince().length > 0 ? true : undefined));
    let count = 0;
    while (count < toldSince().length) {
      count = toldSince().length;
      await bench.waiting.sleep(bench.waiting.maxMs / quietPart);
    }
    return toldSince().map((one) => ({
      type: String(one['changeType']),
      hasClientState: one['clientState'] === clientState,
      parentFolderId: textOf(fieldsOf(one['resourceData'])['parentFolderId']),
    }));
  });
}

/** Moves a draft that Graph has told of already. @returns what is told of it, and the folder that it came to */
export async function notificationsOfMove(bench: Workbench): Promise<{ told: Told[]; to: string }> {
  const { sandbox } = bench;
  const id = await sandbox.draft();
  const to = await sandbox.folder(`Told ${bench.own.count}`);
  const told = await eventsOf(bench, id, () => sandbox.move(id, to));
  return { told, to };
}
