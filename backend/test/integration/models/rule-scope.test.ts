import { Types } from 'mongoose';
import { expect, it } from 'vitest';
import { Rule } from '../../../src/models/index.ts';
import { useTestDatabase } from '../../harness/database.ts';

useTestDatabase();

it('belongs to a mailbox, unless it is one of the organization', async () => {
  const rule = { userId: new Types.ObjectId(), name: 'Rule' };

  await expect(Rule.create(rule)).rejects.toMatchObject({ name: 'ValidationError', errors: { mailboxId: {} } });
  await expect(Rule.create({ ...rule, scope: 'org' })).resolves.toMatchObject({ scope: 'org' });
});
