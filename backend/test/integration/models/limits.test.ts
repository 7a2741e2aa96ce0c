import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mailbox, Pattern } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildPattern } from '../../factories/pattern.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';

const wrong = { name: 'ValidationError' };

let database: TestDatabase;
beforeAll(async () => {
  database = await connectTestDatabase();
});
afterAll(() => database.drop());

function messages(count: number) {
  return Array.from({ length: count }, (_, number) => ({ messageId: `m${number}`, action: 'moved' }));
}

describe('the evidence of a pattern', () => {
  it('has room for ten messages and refuses the eleventh', async () => {
    const { _id } = await buildPattern({ evidence: messages(10) });

    await expect(buildPattern({ evidence: messages(11) })).rejects.toMatchObject(wrong);
    await expect(Pattern.updateOne({ _id }, { $set: { evidence: messages(11) } })).rejects.toMatchObject(wrong);
    const pattern = await Pattern.findById(_id).orFail();
    pattern.evidence.push({ messageId: 'eleventh' });
    await expect(pattern.save()).rejects.toMatchObject(wrong);
    expect((await Pattern.findById(_id).lean().orFail()).evidence).toHaveLength(10);
  });
});

describe('the confidence of a pattern', () => {
  it.each([0, 44.5, 100])('may be %d', async (confidence) => {
    expect(await buildPattern({ confidence })).toMatchObject({ confidence });
  });

  it.each([-1, 100.1])('cannot be %d, on creation and on update', async (confidence) => {
    const { _id } = await buildPattern();

    await expect(buildPattern({ confidence })).rejects.toMatchObject(wrong);
    await expect(Pattern.updateOne({ _id }, { confidence })).rejects.toMatchObject(wrong);
  });
});

describe('the delta links of a mailbox', () => {
  it('are kept by folder id and changed one by one', async () => {
    const folder = 'AAMkAGI2-_abc=';
    const { _id } = await buildMailbox({ deltaLinks: new Map([[folder, 'https://graph.example/1']]) });

    await Mailbox.updateOne({ _id }, { $set: { [`deltaLinks.${folder}`]: 'https://graph.example/2' } });

    const { deltaLinks } = await Mailbox.findById(_id).orFail();
    expect([...deltaLinks]).toEqual([[folder, 'https://graph.example/2']]);
  });

  it('cannot be kept under a key with a dot', async () => {
    await expect(buildMailbox({ deltaLinks: new Map([['a.b', 'https://graph.example/1']]) })).rejects.toThrow(
      /deltaLinks/u,
    );
  });
});
