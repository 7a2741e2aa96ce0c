import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { dayMs } from '../../src/lib/durations.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const suggestions = z.object({ items: z.array(z.unknown()) });

let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService();
});
afterAll(() => it365[Symbol.asyncDispose]());

it('a person sees a suggestion on the first day, from the mail that was there, and asks for nothing', async () => {
  const { does } = it365.microsoft.people.get(admin);
  for (let index = 0; index < 56; index += 1) {
    const receivedAtMs = Date.now() - dayMs * (1.5 + index / 2);
    const from = index % 2 === 0 ? 'news@letters.example' : 'colleague@contoso.example';
    const { id } = does.deliver({ from, subject: `No. ${index}`, receivedAtMs });
    if (index % 2 === 0) does.delete(id);
  }

  const browser = await it365.signedIn(admin);
  const suggested = async () => suggestions.parse((await browser.visit('/api/patterns?status=suggested')).body).items;

  await expect.poll(async () => (await suggested()).length).toBe(1);
  expect((await suggested())[0]).toMatchObject({
    type: 'sender',
    sampleSize: 28,
    exceptionCount: 0,
    condition: { senderEmail: 'news@letters.example' },
    action: { actionType: 'delete' },
  });
});
