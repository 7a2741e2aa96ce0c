import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { PersonDraft } from '../../emulator/people.ts';
import { Mailbox, models, Session, User } from '../../src/models/index.ts';
import { buildUser } from '../factories/user.ts';
import { useTestDatabase } from '../harness/database.ts';
import { startEntra, type TestEntra, tenantId } from '../integration/auth/entra.ts';
import { nextNumber } from '../factories/sequence.ts';

/** Entra ID and a database for the calling file. @param tenant the directory that the service is configured for */
export function useEntra(tenant?: string): { readonly entra: TestEntra } {
  useTestDatabase(models);
  let entra: TestEntra | undefined;
  beforeAll(async () => {
    entra = await startEntra({}, tenant);
  });
  beforeEach(() => entra?.emulator.faults.clear());
  afterAll(() => entra?.[Symbol.asyncDispose]());
  return {
    get entra() {
      if (entra === undefined) throw new Error('It is there from beforeAll on');
      return entra;
    },
  };
}

/** An account at Microsoft with an address of its own. */
export function newPerson({ emulator }: TestEntra, draft: Partial<PersonDraft> = {}) {
  return emulator.people.add({ email: `mallory${nextNumber()}@example.com`, ...draft });
}

/** An account at Microsoft that has been invited. */
export async function invite(entra: TestEntra, draft: Partial<PersonDraft> = {}) {
  const person = newPerson(entra, draft);
  const user = await buildUser({ email: person.email, tenantId });
  return { person, userId: user._id };
}

/** What an attack must not change. */
export async function countRows() {
  return Promise.all([User.countDocuments(), Mailbox.countDocuments(), Session.countDocuments()]);
}
