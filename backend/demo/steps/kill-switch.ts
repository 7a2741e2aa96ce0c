import { z } from 'zod';
import { dealsSender } from '../../emulator/lively-correspondents.ts';
import { countWrites, deliver, type Demo, expectIn, stagingFolder } from '../demo.ts';
import { untilSettled } from '../settle.ts';

const arrivals = z.object({ items: z.array(z.object({ messageId: z.string() })) });
const preferences = z.object({ automationPaused: z.boolean() });

/** The owner stops everything, and lets it go on. @returns the id of a message that is staged afterwards */
export async function killSwitch(demo: Demo): Promise<string> {
  const { story, api, owner } = demo;
  const pause = async (automationPaused: boolean): Promise<void> => {
    const request = { method: 'PATCH', path: '/api/me/preferences', body: { automationPaused } } as const;
    const now = await api.ask(request, preferences);
    story.check(`automation is ${automationPaused ? 'off' : 'on'}`, now.automationPaused === automationPaused);
  };
  const left = await story.step(`${owner.name} stops it all: the kill switch`, async () => {
    await pause(true);
    const writes = countWrites(demo);
    const deal = deliver(demo, dealsSender, 'Teapots, today only');
    await api.askUntil({ path: `/api/events?type=arrived&sender=${dealsSender.from.address}&limit=5` }, arrivals, {
      what: 'the message has been seen',
      pick: ({ items }) => items.find(({ messageId }) => messageId === deal.id),
    });
    await untilSettled(demo);
    await expectIn(demo, deal.id, 'Inbox');
    story.check('MSEDB saw it and changed nothing in the mailbox', countWrites(demo) === writes);
    return deal;
  });
  return story.step('And turns it on again', async () => {
    await pause(false);
    const deal = deliver(demo, dealsSender, 'Ladders, today only');
    await expectIn(demo, deal.id, stagingFolder);
    story.say('Mail that arrived while it was off is not processed afterwards:');
    await expectIn(demo, left.id, 'Inbox');
    return deal.id;
  });
}
