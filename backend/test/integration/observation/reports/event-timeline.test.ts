import { Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { EmailEvent, type IEmailEvent } from '../../../../src/models/index.ts';
import { countByTime } from '../../../../src/observation/reports/event-timeline.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, ours, ownerWith, type Step, buildEvents } from './event-fixture.ts';

useTestDatabase();
let owner: Owner;
beforeEach(async () => {
  await EmailEvent.deleteMany({});
  owner = await ownerWith([]);
});

const message = (messageId: string, steps: readonly Step[], fields: Partial<IEmailEvent> = {}) =>
  buildEvents(owner, messageId, steps, fields);

describe('the timeline', () => {
  const none = { arrived: 0, deleted: 0, disappeared: 0, moved: 0, read: 0, flagged: 0, categorized: 0 };

  it('counts each day, with zeros where nothing happened and our own actions apart', async () => {
    await message('a', [
      ['arrived', 0],
      ['read', 23.99],
      ['deleted', 48],
    ]);
    await message('b', [
      ['arrived', 0.5],
      ['moved', 50, ours],
    ]);

    const days = await countByTime({ userId: owner.userId.toString(), from: at(0), to: at(73) }, 'day');

    expect(days).toEqual([
      { start: at(0), events: { ...none, arrived: 2, read: 1 }, automated: none },
      { start: at(24), events: none, automated: none },
      { start: at(48), events: { ...none, deleted: 1 }, automated: { ...none, moved: 1 } },
      { start: at(72), events: none, automated: none },
    ]);
  });

  it('counts each hour, from the one in which the window begins, and only what lies in it', async () => {
    await message('a', [
      ['arrived', 1.25],
      ['read', 1.75],
      ['flagged', 2.5],
      ['deleted', 3.5],
    ]);
    await message('b', [['arrived', 1.75]], { mailboxId: new Types.ObjectId() });
    const asked = { userId: owner.userId.toString(), mailboxId: owner.mailboxId.toString() };

    const hours = await countByTime({ ...asked, from: at(1.5), to: at(3.5) }, 'hour');

    expect(hours).toEqual([
      { start: at(1), events: { ...none, read: 1 }, automated: none },
      { start: at(2), events: { ...none, flagged: 1 }, automated: none },
      { start: at(3), events: none, automated: none },
    ]);
  });
});
