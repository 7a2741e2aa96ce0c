import type { Types } from 'mongoose';
import { expect } from 'vitest';
import type { Person } from '../../emulator/people.ts';
import { type IRule, Mailbox, MessageState, WebhookSubscription } from '../../src/models/index.ts';
import { buildRule } from '../factories/rule.ts';
import type { Browser } from './browser.ts';
import { admin, type ConnectedService, startConnectedService } from './connected-service.ts';
import { untilPasses } from './until-passes.ts';

/** A mailbox that the service watches and is told of, with a person who uses it. */
export interface AutomatedMailbox extends AsyncDisposable {
  readonly it365: ConnectedService;
  readonly owner: { readonly userId: Types.ObjectId; readonly mailboxId: Types.ObjectId };
  readonly person: Person;
  /** The person's browser, signed in. */
  readonly browser: Browser;
  /** A folder's id by its name. */
  folderId(name: string): string;
  /** Stores an enabled rule of the mailbox. */
  rule(fields: Partial<IRule>): Promise<IRule & { readonly _id: Types.ObjectId }>;
  /** Waits until rules have looked at a message. */
  evaluated(messageId: string): Promise<void>;
}

/** @param folders of the person, beside those that every mailbox has */
export async function startAutomatedMailbox(
  folders: readonly string[] = ['Reading'],
  options: Parameters<typeof startConnectedService>[0] = {},
): Promise<AutomatedMailbox> {
  const it365 = await startConnectedService({ ...options, isNotified: true });
  const person = it365.microsoft.people.get(admin);
  for (const folder of folders) person.does.createFolder(folder);
  const browser = await it365.signedIn(admin);
  const { _id: mailboxId, userId } = await watched();
  const owner = { userId, mailboxId };
  return {
    it365,
    owner,
    person,
    browser,
    folderId: (name) => person.does.mailbox.folders.idByAnyName(name),
    rule: async (fields) => (await buildRule({ ...owner, ...fields })).toObject(),
    evaluated: async (messageId) => {
      await untilPasses(async () => {
        expect(await MessageState.findOne({ mailboxId, messageId }).lean()).toMatchObject({ automation: 'done' });
      });
    },
    [Symbol.asyncDispose]: () => it365[Symbol.asyncDispose](),
  };
}

/** Waits until the mailbox of the admin was read, and Graph tells of what changes in it from now on. */
async function watched() {
  return untilPasses(async () => {
    const mailbox = await Mailbox.findOne({ email: admin }).lean().orFail();
    expect(mailbox.lastSyncAt).toBeInstanceOf(Date);
    expect((await WebhookSubscription.findOne({ mailboxId: mailbox._id }).lean())?.renewAt).toBeInstanceOf(Date);
    return mailbox;
  });
}
