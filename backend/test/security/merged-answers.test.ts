import type { Types } from 'mongoose';
import { expect, it } from 'vitest';
import { mergeMailboxes } from '../../src/accounts/merge-mailboxes.ts';
import { Mailbox, models } from '../../src/models/index.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildUser } from '../factories/user.ts';
import { useTestDatabase } from '../harness/database.ts';

useTestDatabase(models);

/** Stores a row of the mailbox, with an answer of its owner to one rule of the organization. */
async function row(userId: Types.ObjectId, text = ''): Promise<string> {
  const { _id } = await buildMailbox({ userId, isConnected: false });
  const [answer, version] = text.split(' ');
  const ruleAnswers = [{ ruleId: 'f'.repeat(24), answer, version: Number(version), at: new Date() }];
  if (text !== '') await Mailbox.updateOne({ _id }, { $set: { ruleAnswers } });
  return _id.toHexString();
}

it.each([
  ['accepted 1', 'declined 1', 'declined 1'],
  ['declined 1', 'accepted 2', 'declined 1'],
  ['accepted 1', 'accepted 2', 'accepted 2'],
  ['accepted 2', 'accepted 1', 'accepted 2'],
  [undefined, 'accepted 3', 'accepted 3'],
])(
  'two rows with the answers %s and %s to a rule of the organization become one with %s',
  async (one, other, merged) => {
    const { _id: userId } = await buildUser();
    const pair = [await row(userId, one), await row(userId, other)] as const;

    await mergeMailboxes({ vault: undefined, apply: true, pair, print: () => undefined });

    const [mailbox, ...none] = await Mailbox.find({ userId }).lean();
    expect(none).toEqual([]);
    expect(mailbox?.ruleAnswers?.map(({ answer, version }) => `${answer} ${version}`)).toEqual([merged]);
  },
);
