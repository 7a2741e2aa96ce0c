import { Types } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rule } from '../../../src/models/index.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await connectTestDatabase();
});
afterAll(() => database.drop());

it('belongs to a mailbox, unless it is one of the organization', async () => {
  const rule = { userId: new Types.ObjectId(), name: 'Rule' };

  await expect(Rule.create(rule)).rejects.toMatchObject({ name: 'ValidationError', errors: { mailboxId: {} } });
  await expect(Rule.create({ ...rule, scope: 'org' })).resolves.toMatchObject({ scope: 'org' });
});
