import { domainOf } from './protected-senders.ts';

/** Public mail providers. The list need not be complete: it only prevents odd suggestions. */
const publicProviders: ReadonlySet<string> = new Set([
  '126.com',
  '163.com',
  'aol.com',
  'att.net',
  'bluewin.ch',
  'btinternet.com',
  'comcast.net',
  'fastmail.com',
  'free.fr',
  'freenet.de',
  'gmail.com',
  'gmx.at',
  'gmx.ch',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hotmail.co.uk',
  'hotmail.com',
  'hotmail.de',
  'hotmail.fr',
  'icloud.com',
  'laposte.net',
  'libero.it',
  'live.com',
  'mac.com',
  'mail.ru',
  'mailbox.org',
  'me.com',
  'msn.com',
  'naver.com',
  'orange.fr',
  'outlook.com',
  'outlook.de',
  'pm.me',
  'posteo.de',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'sfr.fr',
  't-online.de',
  'verizon.net',
  'wanadoo.fr',
  'web.de',
  'yahoo.co.uk',
  'yahoo.com',
  'yahoo.de',
  'yahoo.fr',
  'yandex.ru',
  'ymail.com',
  'zoho.com',
]);

/**
 * Returns a test for domains whose senders have nothing else in common: public providers and the owner's organization.
 * @param ownAddress the address of the mailbox
 */
export function sharedDomains(ownAddress: string): (domain: string) => boolean {
  const own = domainOf(ownAddress);
  return (domain) => domain === own || publicProviders.has(domain);
}
