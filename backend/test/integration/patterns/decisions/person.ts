import type { Types } from 'mongoose';
import type { IPattern } from '../../../../src/models/index.ts';
import { nextNumber } from '../../../factories/sequence.ts';
import type { Accounts } from '../../../harness/accounts.ts';
import type { Browser } from '../../../harness/browser.ts';
import { ownerWithFolders, suggest } from './decision-fixture.ts';

/** Somebody who has signed in, with a second mailbox. */
export interface Person {
  readonly browser: Browser;
  readonly userId: Types.ObjectId;
  /** One with folders, which no synchronization changes. */
  readonly mailboxId: Types.ObjectId;
  /** Stores a suggestion to move news@example.com to Reading. @returns the path of the pattern */
  readonly suggestion: (fields?: Partial<IPattern>) => Promise<string>;
}

/** Each test has people of its own, so that no rate limit is shared. */
export async function person(accounts: Accounts): Promise<Person> {
  const email = `person${nextNumber()}@contoso.example`;
  const browser = await accounts.join(email);
  const { userId } = await accounts.mailbox(email);
  const { mailboxId } = await ownerWithFolders({ userId, isConnected: false });
  const suggestion = async (fields: Partial<IPattern> = {}): Promise<string> => {
    const { patternId } = await suggest({ userId, mailboxId }, fields);
    return `/api/patterns/${patternId}`;
  };
  return { browser, userId, mailboxId, suggestion };
}

/** The id in a pattern's path. */
export function idOf(path: string): string {
  return path.slice('/api/patterns/'.length);
}
