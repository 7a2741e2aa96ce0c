import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GraphClient } from '../../../../src/graph/client.ts';
import { minuteMs } from '../../../../src/lib/durations.ts';
import { Mailbox, Notification, WebhookSubscription } from '../../../../src/models/index.ts';
import type { RenewalDeps } from '../../../../src/observation/subscriptions/subscription-renewal.ts';
import { SubscriptionFixture, type SubscriptionMailbox } from './subscription-fixture.ts';

let fixture: SubscriptionFixture;
beforeAll(async () => {
  fixture = await SubscriptionFixture.start();
});
afterEach(() => {
  fixture.entra.emulator.faults.clear();
  fixture.entra.emulator.subscriptions.maxMinutes = 10_080;
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** What must be so when a look has gone through. */
async function expectWhole(mailbox: SubscriptionMailbox): Promise<void> {
  const rows = await WebhookSubscription.find({ mailboxId: mailbox.mailboxId }).lean();
  const [row] = rows;
  expect(rows).toHaveLength(1);
  expect(row).toMatchObject({ status: 'active', errorCount: 0, renewAt: expect.any(Date) });
  expect(mailbox.atGraph().map(({ id, clientState }) => [id, clientState])).toEqual([
    [row?.subscriptionId, row?.clientState],
  ]);
  expect(row?.renewAt?.getTime()).toBeGreaterThan(fixture.now());
}

type Begin = (mailbox: SubscriptionMailbox) => Promise<void>;
const situations: Readonly<Record<string, Begin>> = {
  'without a subscription': async () => undefined,
  'with one past half of its life': async (mailbox) => {
    await mailbox.renew();
    await WebhookSubscription.updateOne({ mailboxId: mailbox.mailboxId }, { $set: { renewAt: new Date(0) } });
  },
  'with one that is gone': async (mailbox) => {
    await mailbox.renew();
    fixture.entra.emulator.subscriptions.end((await mailbox.row())?.subscriptionId ?? '');
  },
  'with one at another address': async (mailbox) => {
    await mailbox.renew({ publicUrl: fixture.publicUrl.replace('127.0.0.1', 'localhost') });
  },
  'with one that a crash has left behind': async (mailbox) => {
    await mailbox.renew();
    await WebhookSubscription.deleteMany({ mailboxId: mailbox.mailboxId });
  },
};

describe.each(Object.entries(situations))('a look at a mailbox %s', (_name, begin) => {
  it.each(['GET', 'POST', 'PATCH', 'DELETE'])(
    'comes to the same whether Graph carries %s out and the answer is lost, or not',
    async (method) => {
      for (const fault of [{ kind: 504, isCarriedOut: true }, { kind: 'reset' }] as const) {
        const mailbox = await fixture.mailbox();
        await begin(mailbox);
        const { faults } = fixture.entra.emulator;
        faults.add({ ...fault, method, path: '/subscriptions', times: 6 });

        await mailbox.renew().catch(() => undefined);
        faults.clear();
        const { outcome } = await mailbox.renew();

        expect(['created', 'renewed', 'kept']).toContain(outcome);
        await expectWhole(mailbox);
      }
    },
  );

  it('comes to the same when the process dies at any step', async () => {
    for (let deadly = 1; ; deadly += 1) {
      const mailbox = await fixture.mailbox();
      await begin(mailbox);
      const [syncedBefore, idBefore] = [mailbox.timesSynced(), (await mailbox.row())?.subscriptionId];
      const hasDied = await dieAt(deadly, (deps) => mailbox.renew(deps));

      await mailbox.renew();

      await expectWhole(mailbox);
      expect((await mailbox.read()).blindWindows.length).toBeLessThanOrEqual(1);
      const isNew = (await mailbox.row())?.subscriptionId !== idBefore;
      expect(mailbox.timesSynced() - syncedBefore).toBeGreaterThanOrEqual(isNew ? 1 : 0);
      if (hasDied) continue;
      expect(deadly).toBeGreaterThan(3);
      return;
    }
  });
});

/**
 * Runs `work` in a process that dies before the `deadly`-th thing it does: a request to Graph, a write to the store, a
 * request for synchronization.
 * @returns whether it did as many
 */
async function dieAt(deadly: number, work: (deps: Partial<RenewalDeps>) => Promise<unknown>): Promise<boolean> {
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps >= deadly) throw new Error('The process dies');
  };
  const updateRow = WebhookSubscription.updateOne.bind(WebhookSubscription);
  const updateMailbox = Mailbox.updateOne.bind(Mailbox);
  const spies = [
    vi.spyOn(WebhookSubscription, 'updateOne').mockImplementation((...args) => {
      step();
      return updateRow(...args);
    }),
    vi.spyOn(Mailbox, 'updateOne').mockImplementation((...args) => {
      step();
      return updateMailbox(...args);
    }),
  ];
  const requestSync = async (mailboxId: string) => {
    step();
    fixture.synced.push(mailboxId);
  };
  const graphOf = (mailboxId: string): GraphClient => {
    const client = fixture.graphOf(mailboxId);
    const send: GraphClient['send'] = async (...args) => {
      step();
      return client.send(...args);
    };
    return { ...client, send };
  };
  await work({ requestSync, graphOf }).catch(() => undefined);
  for (const spy of spies) spy.mockRestore();
  return steps >= deadly;
}

describe('two processes at one subscription', () => {
  it('come to one, if not at once then at the next look', async () => {
    for (let round = 0; round < 5; round += 1) {
      const mailbox = await fixture.mailbox();

      const outcomes = await Promise.allSettled([mailbox.renew(), mailbox.renew(), mailbox.renew()]);
      await mailbox.renew();

      expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
      await expectWhole(mailbox);
    }
  });
});

const notices = ({ userId }: SubscriptionMailbox) => Notification.find({ userId }).lean();
const refuse = (): void => {
  fixture.entra.emulator.subscriptions.maxMinutes = 0;
};
const allow = (): void => {
  fixture.entra.emulator.subscriptions.maxMinutes = 10_080;
};

describe('a subscription that Graph refuses', () => {
  it('has failed after five times, which its owner is told once, and begins anew with the next success', async () => {
    const mailbox = await fixture.mailbox();
    refuse();

    for (let failure = 1; failure <= 4; failure += 1) {
      expect(await mailbox.renew()).toEqual({ outcome: 'refused', status: 400, code: 'InvalidRequest' });
    }
    expect(await mailbox.row()).toMatchObject({
      errorCount: 4,
      status: 'expired',
      subscriptionId: `none-${mailbox.id}`,
    });
    expect(await notices(mailbox)).toEqual([]);
    for (let failure = 5; failure <= 8; failure += 1) await mailbox.renew();

    expect(await mailbox.row()).toMatchObject({ errorCount: 8, status: 'failed' });
    expect(await notices(mailbox)).toMatchObject([{ type: 'system', message: expect.stringContaining(mailbox.email) }]);
    allow();
    expect(await mailbox.renew()).toEqual({ outcome: 'created' });
    await expectWhole(mailbox);
    expect(await notices(mailbox)).toHaveLength(1);
  });

  it('is told of again when it fails another time, however many notice it', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    for (const round of [1, 2]) {
      fixture.pass(5_001 * minuteMs);
      refuse();
      for (let failure = 1; failure <= 4; failure += 1) await mailbox.renew();
      await Promise.allSettled([mailbox.renew(), mailbox.renew()]);
      expect(await mailbox.row()).toMatchObject({ status: 'failed' });
      expect(await notices(mailbox)).toHaveLength(round);
      allow();
      expect(await mailbox.renew()).toEqual({ outcome: 'renewed' });
      await expectWhole(mailbox);
    }
  });

  it('has failed when our address does not answer the handshake', async () => {
    const mailbox = await fixture.mailbox();
    const publicUrl = 'http://127.0.0.1:9';

    expect(await mailbox.renew({ publicUrl })).toMatchObject({ outcome: 'refused', status: 400 });

    expect(await mailbox.row()).toMatchObject({ errorCount: 1, notificationUrl: `${publicUrl}/webhooks/graph` });
    expect(mailbox.atGraph()).toEqual([]);
    expect(mailbox.timesSynced()).toBe(0);
  });
});

describe('what is not the fault of the subscription', () => {
  const post = { method: 'POST', path: '/subscriptions' } as const;

  it('is throttling: the look waits as long as Graph asks', async () => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.faults.add({ ...post, kind: 429, retryAfterSeconds: 3_600 });

    const report = await mailbox.renew();

    expect(report).toMatchObject({ outcome: 'throttled' });
    expect(await mailbox.row()).toMatchObject({ errorCount: 0 });
  });

  it.each([
    { fault: { ...post, kind: 'reset' } as const, isLastTry: false },
    { fault: { ...post, kind: 'reset' } as const, isLastTry: true },
    { fault: { ...post, kind: 503 } as const, isLastTry: false },
  ])('is a fault that may pass: $fault.kind, $isLastTry', async ({ fault, isLastTry }) => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.faults.add(fault);

    await expect(mailbox.renew({}, isLastTry)).rejects.toMatchObject({ retryable: true });

    expect((await mailbox.row())?.errorCount ?? 0).toBe(0);
  });

  it('is a fault of Graph’s own, unless it outlasts all tries', async () => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.faults.add({ ...post, kind: 503 });

    expect(await mailbox.renew({}, true)).toMatchObject({ outcome: 'refused', status: 503 });

    expect(await mailbox.row()).toMatchObject({ errorCount: 1 });
  });

  it('is a sign-in service that is away', async () => {
    const mailbox = await fixture.mailbox();
    const { emulator } = fixture.entra;
    emulator.grants.expireAccessTokens(emulator.people.get(mailbox.email));
    emulator.faults.add({ kind: 503, target: 'login' });

    await expect(mailbox.renew({}, true)).rejects.toMatchObject({ code: 'try_later' });

    expect(await mailbox.row()).toBeNull();
  });

  it('is a dead grant', async () => {
    const mailbox = await fixture.mailbox();
    const { emulator } = fixture.entra;
    emulator.grants.revoke(emulator.people.get(mailbox.email), 'invalid_grant');
    emulator.grants.expireAccessTokens(emulator.people.get(mailbox.email));

    await expect(mailbox.renew()).rejects.toMatchObject({ code: 'mailbox_disconnected' });

    expect(await mailbox.row()).toBeNull();
  });
});
