import { OrgSettings } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { WhitelistSettings } from '../whitelist.ts';

/** The value that existing databases hold. */
const key = 'organisation';
const nothing: WhitelistSettings = { whitelistedSenders: [], whitelistedDomains: [] };

/** A list left out keeps its value. */
export type WhitelistChange = { readonly [K in keyof WhitelistSettings]?: readonly string[] | undefined };

/** Returns the senders whose mail no rule of any user touches. */
export async function readOrganizationWhitelist(): Promise<WhitelistSettings> {
  const { whitelistedSenders, whitelistedDomains } = (await OrgSettings.findOne({ key }).lean()) ?? nothing;
  return { whitelistedSenders, whitelistedDomains };
}

/**
 * Changes the organization's whitelist, and audits who did and the lengths of the lists. Idempotent.
 * @param change normalized addresses and domains
 * @param by id of the admin
 */
export async function changeOrganizationWhitelist(change: WhitelistChange, by: string): Promise<WhitelistSettings> {
  const before = await readOrganizationWhitelist();
  const after = {
    whitelistedSenders: [...new Set(change.whitelistedSenders ?? before.whitelistedSenders)],
    whitelistedDomains: [...new Set(change.whitelistedDomains ?? before.whitelistedDomains)],
  };
  if (isSame(before.whitelistedSenders, after.whitelistedSenders)) {
    if (isSame(before.whitelistedDomains, after.whitelistedDomains)) return before;
  }
  const intent = { userId: by, action: 'whitelist_updated', targetType: 'settings', targetId: key } as const;
  const details = { by: 'admin', before: lengths(before), after: lengths(after) };
  await withIntent({ ...intent, details }, () => store(after));
  return after;
}

function isSame(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((value, index) => value === two[index]);
}

function lengths({ whitelistedSenders, whitelistedDomains }: WhitelistSettings) {
  return { whitelistedSenders: whitelistedSenders.length, whitelistedDomains: whitelistedDomains.length };
}

/** If another request inserts the first row at the same time, updates that one. */
async function store(lists: WhitelistSettings): Promise<true> {
  try {
    await OrgSettings.updateOne({ key }, { $set: lists }, { upsert: true });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    await OrgSettings.updateOne({ key }, { $set: lists });
  }
  return true;
}
