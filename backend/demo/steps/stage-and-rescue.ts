import { z } from 'zod';
import { colleagueSender, dealsSender } from '../../emulator/lively-correspondents.ts';
import { deliver, type Demo, expectIn, stagingFolder } from '../demo.ts';

const stagedEmail = z.object({
  id: z.string(),
  messageId: z.string(),
  subject: z.string().nullable(),
  sender: z.object({ email: z.string().nullable() }),
  originalFolder: z.object({ name: z.string().nullable() }),
  secondsLeft: z.number(),
  status: z.string(),
});
type StagedEmail = z.infer<typeof stagedEmail>;
const outcome = z.object({ status: z.string() });
const stagedEmails = z.object({ items: z.array(stagedEmail) });

/** New mail comes, and the rule acts on it. @returns what it staged */
export async function stage(demo: Demo): Promise<StagedEmail> {
  const { story, api } = demo;
  return story.step('The next newsletter comes, and the rule acts on it', async () => {
    const lunch = deliver(demo, colleagueSender, 'Lunch at noon?');
    const deal = deliver(demo, dealsSender, 'Umbrellas, today only');
    await expectIn(demo, deal.id, stagingFolder);
    await expectIn(demo, lunch.id, 'Inbox');
    const staged = await api.askUntil({ path: '/api/staging' }, stagedEmails, {
      what: 'the staged message is listed',
      pick: ({ items }) => items.find(({ messageId }) => messageId === deal.id),
    });
    story.show({
      subject: staged.subject ?? '',
      from: staged.sender.email ?? '',
      'came from': staged.originalFolder.name ?? '',
      'goes to Deleted Items in': hoursAndMinutes(staged.secondsLeft),
    });
    story.check('it has a day left before anything more happens', staged.secondsLeft > 23 * 60 * 60);
    return staged;
  });
}

/** The owner takes it back. */
export async function rescue(demo: Demo, staged: StagedEmail): Promise<void> {
  const { story, api, owner } = demo;
  await story.step(`${owner.name} wants this one back`, async () => {
    const request = { method: 'POST', path: `/api/staging/${staged.id}/rescue` } as const;
    const { status } = await api.ask(request, outcome);
    story.show({ status });
    await expectIn(demo, staged.messageId, 'Inbox');
    story.check('it is unread, as it came', !owner.mailbox.get(staged.messageId).isRead);
  });
}

/** The owner does not wait for the day to pass. @param messageId of a staged message */
export async function executeNow(demo: Demo, messageId: string): Promise<void> {
  const { story, api, owner } = demo;
  await story.step(`${owner.name} wants that one gone now`, async () => {
    const staged = await api.askUntil({ path: '/api/staging' }, stagedEmails, {
      what: 'the staged message is listed',
      pick: ({ items }) => items.find((each) => each.messageId === messageId),
    });
    const { status } = await api.ask({ method: 'POST', path: `/api/staging/${staged.id}/execute` }, outcome);
    story.show({ status });
    await expectIn(demo, messageId, 'Deleted Items');
  });
}

function hoursAndMinutes(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
