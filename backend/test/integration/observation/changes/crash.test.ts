import { Types } from 'mongoose';
import { beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../../../src/models/index.ts';
import { applyObservations, recoverPending } from '../../../../src/observation/changes/apply.ts';
import type { Observation, ObservedMailbox } from '../../../../src/observation/changes/observation.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { copyLedger, ledgerOf } from './ledger.ts';
import { at, gone, mailboxOf, seen } from './looks.ts';
import { runApply } from './run-apply.ts';

const database = useTestDatabase(models);

/** More than any number of commands that applying takes. */
const maxSteps = 40;

/** What was known before: some of it has happened already once. */
const past = [
  [seen({ id: 'moving' }, at(1)), seen({ id: 'resting' }, at(1)), seen({ id: 'going' }, at(1))],
  [seen({ id: 'moving', parentFolderId: 'projects' }, at(2))],
];
/** Inserts and updates of states, inserts and updates of events, and a look that only confirms. */
const present = [
  seen({ id: 'moving', parentFolderId: 'archive', isRead: true }, at(3)),
  seen({ id: 'resting' }, at(3)),
  gone('going', at(3)),
  seen({ id: 'new' }, at(3)),
];
const future = [
  seen({ id: 'moving', parentFolderId: 'trash', isRead: true }, at(4)),
  seen({ id: 'resting', flag: { flagStatus: 'flagged' } }, at(4)),
  gone('going', at(4)),
  seen({ id: 'new', isRead: true }, at(4)),
];

async function applied(...pages: readonly (readonly Observation[])[]) {
  const mailbox = mailboxOf();
  for (const page of pages) await applyObservations(mailbox, page);
  return ledgerOf(mailbox);
}

/** The same mailbox under another id, in the state that it is in. */
async function copyOf(mailbox: ObservedMailbox): Promise<ObservedMailbox> {
  const copy = { ...mailbox, mailboxId: new Types.ObjectId() };
  await copyLedger(mailbox.mailboxId, copy.mailboxId);
  return copy;
}

describe('a process that is killed between any two steps', () => {
  const wrecks: ObservedMailbox[] = [];

  beforeAll(async () => {
    for (let step = 1; step <= maxSteps; step += 1) {
      const mailbox = mailboxOf();
      for (const page of past) await applyObservations(mailbox, page);
      const isDone = await runApply({ uri: database.uri, mailbox, looks: present, dieBefore: step });
      wrecks.push(mailbox);
      if (isDone) break;
    }
  }, 600_000);

  it('was killed at each of them, and left something to be settled', async () => {
    const settled = await Promise.all(wrecks.map(async (wreck) => recoverPending(await copyOf(wreck))));

    expect(wrecks.length).toBeGreaterThan(7);
    expect(wrecks.length).toBeLessThan(maxSteps);
    expect(settled.filter((events) => events > 0).length).toBeGreaterThan(1);
  });

  it('loses nothing and doubles nothing when the same looks are applied again', async () => {
    const undisturbed = await applied(...past, present);

    for (const wreck of wrecks) {
      const mailbox = await copyOf(wreck);
      const { stale } = await applyObservations(mailbox, present);
      expect(stale).toEqual([]);
      expect(await ledgerOf(mailbox)).toEqual(undisturbed);
    }
  });

  it('has changed each message wholly or not at all, once its changes are settled', async () => {
    const [whole, none] = [await applied(...past, present), await applied(...past)];

    for (const wreck of wrecks) {
      const mailbox = await copyOf(wreck);
      await recoverPending(mailbox);
      const ledger = await ledgerOf(mailbox);
      for (const messageId of ['moving', 'resting', 'going', 'new']) {
        expect([whole.get(messageId), none.get(messageId)]).toContainEqual(ledger.get(messageId));
      }
    }
  });

  it('does not stand in the way of newer looks: what it did counts, or what it did not is seen now', async () => {
    const [all, without] = [await applied(...past, present, future), await applied(...past, future)];

    for (const wreck of wrecks) {
      const mailbox = await copyOf(wreck);
      await applyObservations(mailbox, future);
      const ledger = await ledgerOf(mailbox);
      expect([...ledger.keys()].toSorted()).toEqual(['going', 'moving', 'new', 'resting']);
      for (const [messageId, account] of ledger) {
        expect([all.get(messageId), without.get(messageId)]).toContainEqual(account);
      }
    }
  });
});
