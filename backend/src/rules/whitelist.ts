import { type IMailbox, OrgSettings } from '../models/index.ts';

/** The addresses and domains whose mail no rule touches, as they are stored. */
export type WhitelistSettings = Pick<IMailbox['settings'], 'whitelistedSenders' | 'whitelistedDomains'>;

/** The senders whose mail no rule touches: those of the owner of a mailbox, and those of the organization. */
export interface Whitelist {
  /** Addresses, in lower case. */
  readonly senders: ReadonlySet<string>;
  /** Domains, in lower case; each includes its subdomains. */
  readonly domains: ReadonlySet<string>;
}

/** Merges the settings of a mailbox with those of the organization, which are read now. */
export async function readWhitelist(settings: WhitelistSettings): Promise<Whitelist> {
  const organization = await OrgSettings.findOne({ key: 'organisation' }).lean();
  return mergeWhitelists(organization === null ? [settings] : [settings, organization]);
}

/**
 * Merges several lists into one.
 * @internal exported for its tests
 */
export function mergeWhitelists(lists: readonly WhitelistSettings[]): Whitelist {
  return {
    senders: new Set(lists.flatMap(({ whitelistedSenders }) => whitelistedSenders)),
    domains: new Set(lists.flatMap(({ whitelistedDomains }) => whitelistedDomains)),
  };
}

/**
 * Tests whether the mail of an address is protected. A domain protects its subdomains: whoever protects example.com means
 * news.example.com as well, and mail that is protected by mistake only stays where it is.
 */
export function isWhitelisted({ senders, domains }: Whitelist, sender: string | undefined): boolean {
  if (sender === undefined) return false;
  const address = sender.trim().toLowerCase();
  return senders.has(address) || domainsOf(address).some((domain) => domains.has(domain));
}

/** Returns the domain of an address, and those above it. */
function domainsOf(address: string): string[] {
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  return labels.map((_label, index) => labels.slice(index).join('.'));
}
