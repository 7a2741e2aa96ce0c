import { z } from 'zod';
import { colleagueSender, reportsSender } from '../../emulator/lively-correspondents.ts';
import type { Message } from '../../emulator/mailbox/message.ts';
import type { Demo } from '../demo.ts';

const events = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      messageId: z.string(),
      subject: z.string().nullable(),
      toFolder: z.object({ name: z.string().nullable() }).nullable(),
    }),
  ),
});
type Event = z.infer<typeof events>['items'][number];

/** The owner works in her own mail program, and what she does turns up as events. */
export async function observe(demo: Demo): Promise<void> {
  const { story, owner, emulator } = demo;
  await story.step(`${owner.name} works in Outlook, and MSEDB sees what she does`, async () => {
    const since = new Date(emulator.clock.now() - 1_000).toISOString();
    const { does } = owner;
    story.say('Two messages arrive.');
    const question = does.deliver({ from: colleagueSender.from, subject: 'Can you look at this today?' });
    const report = does.deliver({ from: reportsSender.from, subject: 'Report: visitors, this morning' });
    await expectEvents(demo, since, [
      ['arrived', question],
      ['arrived', report],
    ]);
    story.say('She reads and flags one, and files the other.');
    does.markRead(question.id);
    does.flag(question.id);
    does.move(report.id, 'Reports');
    const { count, seconds } = await expectEvents(demo, since, [
      ['read', question],
      ['flagged', question],
      ['moved', report],
    ]);
    story.check(`each of her acts was recorded as exactly one event within ${seconds} s`, count === 3);
  });
}

/** Waits until these events are known, and shows them. @returns how many there are, and how long it took */
async function expectEvents(
  { api, story }: Demo,
  since: string,
  expected: readonly (readonly [type: string, message: Message])[],
): Promise<{ readonly count: number; readonly seconds: string }> {
  const begunAt = Date.now();
  const types = [...new Set(expected.map(([type]) => type))].join();
  const seen = await api.askUntil({ path: `/api/events?type=${types}&from=${since}` }, events, {
    what: 'all that happened is known',
    pick: ({ items }) => {
      const matching = expected.map(([type, { id }]) =>
        items.filter((event) => event.type === type && event.messageId === id),
      );
      return matching.every(({ length }) => length === 1) ? matching.flat() : undefined;
    },
  });
  const seconds = ((Date.now() - begunAt) / 1_000).toFixed(1);
  story.show(Object.fromEntries(seen.map((event, nth) => [`${nth + 1}. ${event.type}`, describe(event)])));
  return { count: seen.length, seconds };
}

function describe({ type, subject, toFolder }: Event): string {
  const where = type === 'moved' || type === 'arrived' ? ` → ${toFolder?.name ?? '?'}` : '';
  return `“${subject ?? ''}”${where}`;
}
