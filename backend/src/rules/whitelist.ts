import { canonicalAddress, canonicalDomain, domainOf } from '../lib/canonical-address.ts';
import { type IMailbox, OrgSettings } from '../models/index.ts';

/** The addresses and domains whose mail no rule touches, as they are stored. */
export type WhitelistSettings = Pick<IMailbox['settings'], 'whitelistedSenders' | 'whitelistedDomains'>;

/** The senders whose mail no rule touches: those of the owner of a mailbox, and those of the organization. */
export interface Whitelist {
  /** Addresses in canonical form. */
  readonly senders: ReadonlySet<string>;
  /** Domains in canonical form; each includes its subdomains. */
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
    senders: new Set(lists.flatMap(({ whitelistedSenders }) => whitelistedSenders.map(canonicalAddress))),
    domains: new Set(lists.flatMap(({ whitelistedDomains }) => whitelistedDomains.map(canonicalDomain))),
  };
}

/**
 * Tests whether the mail of an address is protected. A domain protects its subdomains: whoever protects example.com means
 * news.example.com as well, and mail that is protected by mistake only stays where it is.
 */
export function isWhitelisted(whitelist: Whitelist, sender: string | undefined): boolean {
  if (sender === undefined) return false;
  const address = canonicalAddress(sender);
  const domain = domainOf(address);
  return whitelist.senders.has(address) || (domain !== undefined && isWhitelistedDomain(whitelist, domain));
}

/** Tests whether all mail of a domain is protected: the domain is listed, or one above it. */
export function isWhitelistedDomain({ domains }: Whitelist, domain: string): boolean {
  const labels = canonicalDomain(domain).split('.');
  return labels.some((_label, index) => domains.has(labels.slice(index).join('.')));
}
