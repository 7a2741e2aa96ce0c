import { type IMailbox, OrgSettings } from '../models/index.ts';

/** What is on a list of addresses and domains whose mail no rule touches. */
export type WhitelistSettings = Pick<IMailbox['settings'], 'whitelistedSenders' | 'whitelistedDomains'>;

/** Whose mail no rule touches: what the owner of a mailbox says, and what the organization says. */
export interface Whitelist {
  /** Addresses, in lower case. */
  readonly senders: ReadonlySet<string>;
  /** Domains, in lower case; each stands for those below it, too. */
  readonly domains: ReadonlySet<string>;
}

/** @param settings of the mailbox; the organization's are read now */
export async function readWhitelist(settings: WhitelistSettings): Promise<Whitelist> {
  const organization = await OrgSettings.findOne({ key: 'organisation' }).lean();
  return mergeWhitelists(organization === null ? [settings] : [settings, organization]);
}

/** Everything that is on one of these lists. */
export function mergeWhitelists(lists: readonly WhitelistSettings[]): Whitelist {
  return {
    senders: new Set(lists.flatMap(({ whitelistedSenders }) => whitelistedSenders)),
    domains: new Set(lists.flatMap(({ whitelistedDomains }) => whitelistedDomains)),
  };
}

/**
 * Whether no rule may touch the mail of this address. A domain protects all domains below it: who protects
 * example.com means news.example.com, too, and what is protected by mistake is only left where it is.
 */
export function isWhitelisted({ senders, domains }: Whitelist, sender: string | undefined): boolean {
  if (sender === undefined) return false;
  const address = sender.trim().toLowerCase();
  return senders.has(address) || domainsOf(address).some((domain) => domains.has(domain));
}

/** The domain of an address, and those above it. */
function domainsOf(address: string): string[] {
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  return labels.map((_label, index) => labels.slice(index).join('.'));
}
