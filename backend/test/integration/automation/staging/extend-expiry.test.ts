import { afterAll, beforeAll, expect, it } from 'vitest';
import { extendBeforeResuming } from '../../../../src/automation/staging/extend-expiry.ts';
import { StagedEmail } from '../../../../src/models/index.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { buildStagedEmail } from '../../../factories/staged-email.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await connectTestDatabase();
});
afterAll(() => database.drop());

const hourMs = 60 * 60_000;

it('what becomes due within a minute of resuming gets its full time again, and what has more time keeps its own', async () => {
  const settings = { automationPaused: true, whitelistedSenders: [], whitelistedDomains: [] };
  const { userId, _id: mailboxId } = await buildMailbox({ settings });
  const now = Date.now();
  const dueInMs = [-hourMs, 0, 59_000, 60_000, 61_000, hourMs];
  for (const ms of dueInMs) await buildStagedEmail({ userId, mailboxId, expiresAt: new Date(now + ms) });

  const extended = await extendBeforeResuming({
    userId: userId.toHexString(),
    mailboxId: mailboxId.toHexString(),
    stagingHours: 24,
    now,
  });

  const rows = await StagedEmail.find({ mailboxId }).sort({ _id: 1 }).lean();
  const full = 24 * hourMs;
  expect(extended).toBe(4);
  expect(rows.map(({ expiresAt }) => expiresAt.getTime() - now)).toEqual([full, full, full, full, 61_000, hourMs]);
});
