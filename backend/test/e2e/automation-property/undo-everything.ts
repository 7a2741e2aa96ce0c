import { AuditLog } from '../../../src/models/index.ts';
import type { MailboxFixture } from './mailbox-fixture.ts';
import { send } from './requests.ts';

/** More acts than any run makes. */
const maxActs = 500;

/**
 * Undoes everything that can be undone, newest first, then tries each undo again.
 * @returns the status of each first and each second attempt
 */
export async function undoEverything(
  fixture: MailboxFixture,
): Promise<{ readonly first: number[]; readonly again: number[] }> {
  const undone: string[] = [];
  const first: number[] = [];
  while (undone.length < maxActs) {
    const next = await newestUndoable(fixture);
    if (next === undefined) break;
    const { status } = await send(fixture, ['POST', `/api/audit/${next}/undo`]);
    first.push(status);
    if (status !== 200) break;
    undone.push(next);
  }
  const again: number[] = [];
  for (const id of undone) again.push((await send(fixture, ['POST', `/api/audit/${id}/undo`])).status);
  return { first, again };
}

async function newestUndoable({ owner }: MailboxFixture): Promise<string | undefined> {
  const row = await AuditLog.findOne({ ...owner, targetType: 'email', undoable: true, undoneAt: null }, '_id')
    .sort({ createdAt: -1, _id: -1 })
    .lean();
  return row?._id.toString();
}
