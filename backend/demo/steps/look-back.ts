import { z } from 'zod';
import type { Demo } from '../demo.ts';
import { checkMetadataOnly } from './sign-in.ts';

const entries = z.object({
  items: z.array(z.object({ action: z.string(), target: z.object({ type: z.string() }), explanation: z.string() })),
});

/** What was done to mail, in words, compared with what the mailbox counted. */
export async function lookBack(demo: Demo): Promise<void> {
  const { story, api, owner, emulator } = demo;
  await story.step('What was done, and why', async () => {
    const { items } = await api.ask({ path: '/api/audit?targetType=email' }, entries);
    const acts = items.filter(({ target }) => target.type === 'email').toReversed();
    const shown = acts.map(({ action, explanation }, nth) => [`${nth + 1}. ${action}`, firstSentence(explanation)]);
    story.show(Object.fromEntries(shown));
    const entriesOfApp = emulator.truth.entries({ mailbox: owner.email }).filter(({ actor }) => actor === 'app');
    const moves = entriesOfApp.filter(({ kind }) => kind === 'move').length;
    story.check(`the mailbox counts ${moves} moves by MSEDB, and each of them is explained`, moves === acts.length);
    checkMetadataOnly(demo);
    story.check('nothing was deleted for good', emulator.privacy.report().violations.length === 0);
  });
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.) /)[0] ?? '';
}
