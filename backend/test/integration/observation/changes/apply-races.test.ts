import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import type { Observation } from '../../../../src/observation/changes/observation.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { ledgerOf } from './ledger.ts';
import { at, mailboxOf, seen } from './looks.ts';
import { runApply } from './run-apply.ts';

const database = useTestDatabase(models);

const ids = Array.from({ length: 30 }, (_, number) => `m${number}`);

function page(fields: Parameters<typeof seen>[0], minutes: number): Observation[] {
  return ids.map((id) => seen({ ...fields, id }, at(minutes)));
}

describe('the same looks', () => {
  const pages = [page({}, 1), page({ parentFolderId: 'a' }, 2), page({ parentFolderId: 'b', isRead: true }, 3)];

  it('are recorded once when many apply them at once', async () => {
    const [racing, undisturbed] = [mailboxOf(), mailboxOf()];
    for (const looks of pages) {
      await applyObservations(undisturbed, looks);
      const reports = await Promise.all(
        Array.from({ length: 6 }, (_, number) =>
          applyObservations(racing, number % 2 === 0 ? looks : looks.toReversed()),
        ),
      );
      expect(reports.reduce((sum, { changed }) => sum + changed, 0)).toBe(ids.length);
    }

    expect(await ledgerOf(racing)).toEqual(await ledgerOf(undisturbed));
    expect(await EmailEvent.countDocuments({ mailboxId: racing.mailboxId, eventType: 'moved', occurrences: 2 })).toBe(
      ids.length,
    );
  });

  it('are recorded once when processes apply them at once, one of which is killed', async () => {
    const [racing, undisturbed] = [mailboxOf(), mailboxOf()];
    for (const looks of pages) await applyObservations(undisturbed, looks);
    const { uri } = database;
    await applyObservations(racing, pages[0] ?? []);

    for (const looks of pages.slice(1)) {
      const runs = [{}, {}, { dieBefore: 5 }].map((death) => runApply({ uri, mailbox: racing, looks, ...death }));
      await Promise.all(runs);
    }

    expect(await ledgerOf(racing)).toEqual(await ledgerOf(undisturbed));
  });
});

describe('different looks', () => {
  it('lose no change and double none, while those too old to be believed are taken anew', async () => {
    const mailbox = mailboxOf();
    let truth = 0;
    let time = at(1);
    const tick = () => (time += 1);
    const folder = () => (truth === 0 ? 'inbox' : `f${truth}`);
    /** Looks at the mailbox, which may change before the look and before its answer is there. */
    const look = async (some: readonly string[]): Promise<Observation[]> => {
      const sentAt = tick();
      await setImmediate();
      const parentFolderId = folder();
      await setImmediate();
      const answeredAt = tick();
      return some.map((id) => ({ ...seen({ id, parentFolderId }, sentAt), answeredAt }));
    };
    const watch = async (): Promise<void> => {
      let open: readonly string[] = ids;
      while (open.length > 0) open = (await applyObservations(mailbox, await look(open))).stale;
    };
    await watch();

    for (let round = 1; round <= 6; round += 1) {
      const early = watch();
      const late = setImmediate().then(watch);
      truth = round;
      tick();
      await Promise.all([early, late, watch(), watch()]);
    }

    const { mailboxId } = mailbox;
    expect(await MessageState.countDocuments({ mailboxId, folderId: 'f6', version: 7 })).toBe(ids.length);
    const moved = await EmailEvent.find({ mailboxId, eventType: 'moved' }).lean();
    expect(moved).toHaveLength(ids.length);
    for (const event of moved) expect(event).toMatchObject({ occurrences: 6, fromFolder: 'f5', toFolder: 'f6' });
  });
});
