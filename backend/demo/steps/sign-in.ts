import { z } from 'zod';
import { daysOfMail } from '../../emulator/lively-correspondents.ts';
import { dayMs } from '../../src/lib/durations.ts';
import type { Demo } from '../demo.ts';
import { eventually } from '../eventually.ts';

const mailboxes = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      email: z.string(),
      isConnected: z.boolean(),
      sync: z.object({ state: z.string() }),
    }),
  ),
});

const senders = z.object({ items: z.array(z.object({ sender: z.string().nullable(), messages: z.number() })) });

/** The owner signs in. @returns the id of the mailbox that is connected with it */
export async function signIn({ story, api, owner }: Demo): Promise<string> {
  return story.step(`${owner.name} signs in with Microsoft`, async () => {
    story.show({ ...(await api.signIn(owner.email)) });
    const { items } = await api.ask({ path: '/api/mailboxes' }, mailboxes);
    const [mailbox] = items;
    story.check(
      `only her own mailbox is listed, and it is connected`,
      items.length === 1 && mailbox?.email === owner.email && mailbox.isConnected,
    );
    return mailbox?.id ?? '';
  });
}

/** Waits until everything that was in the mailbox has been read, and changes are told of. */
export async function readWhatIsThere(demo: Demo): Promise<void> {
  const { story, api, owner, emulator, signal } = demo;
  await story.step('MSEDB reads two months of message metadata, and no message body', async () => {
    await api.askUntil({ path: '/api/mailboxes' }, mailboxes, {
      what: 'the mailbox has been read',
      pick: ({ items: [mailbox] }) => (mailbox?.sync.state === 'current' ? mailbox : undefined),
    });
    const since = new Date(emulator.clock.now() - daysOfMail * dayMs).toISOString();
    const { items } = await api.ask({ path: `/api/events/senders?limit=100&from=${since}` }, senders);
    const shown = items.slice(0, 5).map(({ sender, messages }) => [sender ?? '', `${messages} messages`]);
    story.show(Object.fromEntries(shown));
    const known = items.reduce((sum, { messages }) => sum + messages, 0);
    const sent = owner.mailbox.messages('sentitems').length;
    story.check(`all ${known} messages that she was sent are known`, known === owner.mailbox.messageCount - sent);
    checkMetadataOnly(demo);
    const subscribed = (): true | undefined => (emulator.subscriptions.all(owner).length > 0 ? true : undefined);
    await eventually('Microsoft tells of changes', subscribed, { signal });
    story.check('Microsoft notifies MSEDB of every change from now on', true);
  });
}

/** Asks the other side, which counts what is read. */
export function checkMetadataOnly({ story, emulator }: Demo): void {
  const { properties, refused } = emulator.privacy.report();
  const content = ['body', 'bodyPreview', 'uniqueBody', 'attachments'].filter((name) => name in properties);
  story.check('no body, preview or attachment was requested', content.length + refused.length === 0);
}
