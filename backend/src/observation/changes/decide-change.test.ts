import * as fc from 'fast-check';
import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../graph/messages.ts';
import { defined } from '../../lib/defined.ts';
import type { EventRow } from './event-row.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import { decideChange, type ChangeFacts } from './decide-change.ts';
import { fieldsOf, type KnownState } from './states.ts';

const receivedAt = new Date('2026-05-03T10:00:00Z');
const at = (minutes: number) => receivedAt.getTime() + minutes * 60_000;

const mailbox: ObservedMailbox = {
  userId: new Types.ObjectId(),
  mailboxId: new Types.ObjectId(),
  watchedSince: new Date('2026-05-01T00:00:00Z'),
  eventsSince: new Date('2026-05-01T00:00:00Z'),
  folderKindOf: (folderId) => (folderId === 'trash' ? 'deleted' : undefined),
};

const arrived: Message = {
  id: 'message',
  parentFolderId: 'inbox',
  receivedDateTime: receivedAt,
  subject: 'Invoice 17',
  from: { emailAddress: { name: 'Shop', address: 'billing@shop.example' } },
  importance: 'high',
  isRead: false,
  categories: [],
};

function seen(fields: Partial<Message>, minutes: number): Observation {
  return { kind: 'present', message: { ...arrived, ...fields }, sentAt: at(minutes), answeredAt: at(minutes) + 100 };
}

function gone(minutes: number): Observation {
  return { kind: 'gone', messageId: 'message', sentAt: at(minutes), answeredAt: at(minutes) + 100 };
}

function looksOf(steps: readonly (Partial<Message> | 'gone')[]): Observation[] {
  return steps.map((step, index) => (step === 'gone' ? gone(index) : seen(step, index)));
}

/** The state of one message, held in memory in place of the store. */
class Memory {
  state: KnownState | undefined;
  readonly events: EventRow[] = [];

  look(look: Observation, facts: Partial<ChangeFacts> = {}): string {
    const decision = decideChange(look, { mailbox, state: this.state, actions: [], arrival: undefined, ...facts });
    if (decision.kind !== 'change') return decision.kind;
    const { before, values, events, messageId } = decision.change;
    const lasting = 'version' in before ? this.state : before;
    this.state = defined<KnownState>({
      ...fieldsOf(values),
      sender: lasting?.sender,
      receivedAt: lasting?.receivedAt,
      _id: this.state?._id ?? new Types.ObjectId(),
      messageId,
      version: (this.state?.version ?? 0) + 1,
      pending: undefined,
    });
    this.events.push(...events);
    return decision.kind;
  }
}

describe('the event of an arrival', () => {
  it('is told with all that is known of the message', () => {
    const memory = new Memory();

    memory.look(seen({ isRead: true, internetMessageHeaders: [{ name: 'Precedence', value: 'bulk' }] }, 1));

    expect(memory.events).toEqual([
      {
        eventType: 'arrived',
        timestamp: receivedAt,
        receivedAt,
        toFolder: 'inbox',
        toFolderKind: 'ordinary',
        sender: { name: 'Shop', email: 'billing@shop.example', domain: 'shop.example' },
        subject: 'Invoice 17',
        subjectNormalized: 'invoice',
        importance: 'high',
        hasAttachments: false,
        categories: [],
        isRead: true,
        metadata: { hasListUnsubscribe: false, isNewsletter: false, isAutomated: true },
      },
    ]);
  });

  it('is marked when the message was there before its mailbox was watched', () => {
    const memory = new Memory();
    const watchedSince = new Date(at(1));

    memory.look(seen({}, 2), { mailbox: { ...mailbox, watchedSince } });

    expect(memory.events).toMatchObject([{ metadata: { foundInPlace: true } }]);
  });

  it('is not later than it is seen, whatever the date of the mail says', () => {
    const memory = new Memory();

    memory.look(seen({ receivedDateTime: new Date('2031-01-01T00:00:00Z') }, 1));

    expect(memory.events).toMatchObject([{ timestamp: new Date(at(1) + 100) }]);
  });
});

describe('the time of a change', () => {
  it.each([
    ["Graph's, when that is between the looks", 4, 4],
    ['that of the answer, when Graph names an earlier one', 1, 5],
    ['that of the answer, when Graph names a later one', 9, 5],
  ])('is %s', (_whose, modified, told) => {
    const memory = new Memory();
    memory.look(seen({}, 2));

    memory.look(seen({ isRead: true, lastModifiedDateTime: new Date(at(modified)) }, 5));

    const timestamp = new Date(told === 5 ? at(5) + 100 : at(told));
    expect(memory.events.at(-1)).toMatchObject({ eventType: 'read', timestamp, timeToAction: told * 60 });
  });

  it('is never before the message came', () => {
    const memory = new Memory();
    memory.look(seen({ receivedDateTime: new Date(at(30)) }, 1));

    memory.look(seen({ receivedDateTime: new Date(at(30)), isRead: true }, 2));

    expect(memory.events.at(-1)).toMatchObject({ eventType: 'read', timeToAction: 0 });
  });
});

describe('a message that is gone', () => {
  it('is recorded with the details of its arrival', () => {
    const memory = new Memory();
    memory.look(seen({}, 1));
    const [arrival] = memory.events;

    memory.look(gone(10), { arrival });

    expect(memory.events.at(-1)).toEqual({
      eventType: 'disappeared',
      fromFolder: 'inbox',
      fromFolderKind: 'ordinary',
      timestamp: new Date(at(10) + 100),
      timeToAction: 600,
      receivedAt,
      sender: { name: 'Shop', email: 'billing@shop.example', domain: 'shop.example' },
      subject: 'Invoice 17',
      subjectNormalized: 'invoice',
      importance: 'high',
      hasAttachments: false,
      categories: [],
      isRead: false,
    });
    expect(memory.state).toMatchObject({ goneAt: new Date(at(10) + 100) });
    expect(memory.state).not.toHaveProperty('folderId');
  });

  it('is recorded as the kind of mail that its arrival was', () => {
    const memory = new Memory();
    memory.look(seen({}, 1));
    const kind = { hasListUnsubscribe: true, isNewsletter: true, isAutomated: false };

    memory.look(gone(10), { arrival: { importance: 'low', hasAttachments: false, metadata: kind } });

    expect(memory.events.at(-1)).toMatchObject({ eventType: 'disappeared', metadata: kind });
  });

  it('is recorded with its sender when its arrival is unknown', () => {
    const memory = new Memory();
    memory.look(seen({ receivedDateTime: new Date('2026-04-01T00:00:00Z') }, 1));

    memory.look(gone(10));

    const sender = { email: 'billing@shop.example', domain: 'shop.example' };
    expect(memory.events).toMatchObject([
      { eventType: 'disappeared', sender, importance: 'normal', hasAttachments: false },
    ]);
  });

  it('is nothing when it was never known', () => {
    expect(new Memory().look(gone(1))).toBe('none');
  });

  it('went when that was noticed first', () => {
    const memory = new Memory();
    memory.look(seen({}, 1));
    memory.look(gone(2));

    expect(memory.look(gone(3))).toBe('same');
    expect(memory.state).toMatchObject({ goneAt: new Date(at(2) + 100) });
  });
});

const automationOf = (look: Observation, changes: Partial<ObservedMailbox> = {}) => {
  const facts = { mailbox: { ...mailbox, ...changes }, state: undefined, actions: [], arrival: undefined };
  const decision = decideChange(look, facts);
  return decision.kind === 'change' ? decision.change.before : decision.kind;
};

describe('whether rules look at a message', () => {
  it.each<[string, Observation, Partial<ObservedMailbox>, 'pending' | 'done']>([
    ['new mail', seen({}, 1), {}, 'pending'],
    ['mail that was there before', seen({}, 2), { watchedSince: new Date(at(1)) }, 'done'],
    ['mail that is deleted already', seen({ parentFolderId: 'trash' }, 1), {}, 'done'],
    ['mail older than events are kept', seen({ receivedDateTime: new Date('2026-04-01T00:00:00Z') }, 1), {}, 'done'],
  ])('%s', (_what, look, changes, automation) => {
    expect(automationOf(look, changes)).toMatchObject({ automation });
  });

  it('is no question for a draft: nothing is kept of it', () => {
    expect(automationOf(seen({ isDraft: true }, 1))).toBe('none');
  });

  it('is kept with the address of the sender, where there is one', () => {
    expect(automationOf(seen({}, 1))).toMatchObject({
      sender: { email: 'billing@shop.example', domain: 'shop.example' },
    });
    expect(automationOf(seen({ from: { emailAddress: { name: 'Shop' } } }, 1))).toMatchObject({ sender: undefined });
  });
});

describe('a look that was asked for before the last one was answered', () => {
  it.each([
    ['confirms what it agrees with', {}, 'same'],
    ['is stale when it says otherwise', { isRead: true }, 'stale'],
  ])('%s', (_what, fields, kind) => {
    const memory = new Memory();
    memory.look(seen({}, 5));
    expect(memory.look(seen(fields, 4))).toBe(kind);
  });

  it('is one that was asked for in the moment of the answer no longer', () => {
    const memory = new Memory();
    memory.look(seen({}, 5));
    const answeredAt = memory.state?.observedAt.getTime() ?? 0;
    const next = { kind: 'present', message: { ...arrived, isRead: true }, sentAt: answeredAt, answeredAt } as const;
    expect(memory.look(next)).toBe('change');
  });
});

describe('an action of ours that shows in a look', () => {
  it('is used up although nothing else changed', () => {
    const memory = new Memory();
    memory.look(seen({}, 1));
    const id = new Types.ObjectId();
    const action = { id, ruleId: undefined, change: { isRead: false }, finishedAt: new Date(at(2)) };

    expect(memory.look(seen({}, 3), { actions: [action] })).toBe('change');
    expect(memory.state?.lastActionId).toEqual(id);
    expect(memory.look(seen({}, 4), { actions: [action] })).toBe('same');
  });
});

describe('looks in any number and order', () => {
  const change = fc.record({
    parentFolderId: fc.constantFrom('inbox', 'projects', 'trash'),
    isRead: fc.boolean(),
    categories: fc.subarray(['red', 'blue']),
  });
  const story = fc.array(fc.oneof(change, fc.constant('gone' as const)), { minLength: 1, maxLength: 8 });

  it('tell the same when each is applied again, at once or later', () => {
    fc.assert(
      fc.property(story, fc.nat(), (steps, seed) => {
        const looks = looksOf(steps);
        const [once, repeated] = [new Memory(), new Memory()];
        for (const [index, look] of looks.entries()) {
          once.look(look);
          repeated.look(look);
          repeated.look(looks[seed % (index + 1)] ?? look);
          repeated.look(look);
        }

        expect(repeated.events).toEqual(once.events);
        expect({ ...repeated.state, _id: 0 }).toEqual({ ...once.state, _id: 0 });
      }),
    );
  });

  it('are never believed when they are older than what is known', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const looks = looksOf(steps);
        const memory = new Memory();
        for (const look of looks) memory.look(look);
        if (memory.state === undefined) return;
        const known = { ...memory.state };

        for (const look of looks.slice(0, -1)) expect(memory.look(look)).not.toBe('change');
        expect(memory.state).toEqual(known);
      }),
    );
  });
});
