import type { LivelyEmulator } from '../emulator/lively.ts';
import type { Correspondent } from '../emulator/lively-correspondents.ts';
import type { Message } from '../emulator/mailbox/message.ts';
import type { Api } from './api.ts';
import { eventually } from './eventually.ts';
import type { Story } from './story.ts';

/** What every step has at hand. */
export interface Demo extends LivelyEmulator {
  readonly story: Story;
  readonly api: Api;
  readonly signal: AbortSignal;
}

/** The folder where mail waits before it is deleted. */
export const stagingFolder = 'MSEDB Staging';

/** The folder, as its owner sees it, where a message really rests: asked of the mailbox, not of the backend. */
function folderOf({ owner: { mailbox } }: Pick<Demo, 'owner'>, messageId: string): string {
  return mailbox.folders.get(mailbox.get(messageId).folderId).displayName;
}

/** Waits until a message rests in a folder, and counts that as a check. */
export async function expectIn(demo: Demo, messageId: string, folder: string): Promise<void> {
  const { subject } = demo.owner.mailbox.get(messageId);
  const isThere = (): true | undefined => (folderOf(demo, messageId) === folder ? true : undefined);
  await eventually(`“${subject}” rests in ${folder}`, isThere, demo);
  demo.story.check(`in Ada's mailbox, “${subject}” rests in “${folder}”`, folderOf(demo, messageId) === folder);
}

/** A message of this sender comes in, which is said. */
export function deliver({ owner, story }: Demo, { from, headers }: Correspondent, subject: string): Message {
  story.say(`“${subject}” arrives, from ${from.name}.`);
  return owner.does.deliver({ from, headers, subject });
}

/** How often MSEDB changed something in the mailbox: counted by the mailbox. */
export function countWrites({ emulator, owner }: Demo): number {
  return emulator.truth.entries({ mailbox: owner.email }).filter(({ actor }) => actor === 'app').length;
}
