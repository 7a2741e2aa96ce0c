import { isIP } from 'node:net';
import mongoose from 'mongoose';
import { z } from 'zod';

/** Says what is wrong with a setting and what is allowed; undefined when it is valid. Never quotes a secret. */
type Fault = string | undefined;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Tells if an address stays on this machine. */
function isLoopback(url: string): boolean {
  return loopback.has(new URL(url).hostname);
}

export function faultOfMongoUri(uri: string): Fault {
  if (uri.startsWith('mongodb+srv://')) return 'mongodb+srv:// is not supported: write the hosts out, as mongodb://…';
  if (!uri.startsWith('mongodb://')) return 'must begin with mongodb:// (as in mongodb://host:27017/msedb)';
  if (/[?&]timeoutMS=/i.test(uri)) return 'the option timeoutMS is not supported: leave it out';
  try {
    const parsed = new mongoose.mongo.MongoClient(uri).options.hosts; // opens nothing
    return parsed.length > 0 ? undefined : 'names no host';
  } catch {
    return 'is not a valid connection string (as in mongodb://user:password@host:27017/msedb, special characters percent-encoded)';
  }
}

export function faultOfHost(host: string): Fault {
  return /^[\w.:-]+$/.test(host) && !host.includes('://')
    ? undefined
    : `${JSON.stringify(host)} is not allowed: a host name or an IP address alone, without scheme or port`;
}

/** An address that browsers and tokens may travel to: https, or http that does not leave this machine. */
export function faultOfBaseUrl(text: string): Fault {
  if (!URL.canParse(text)) return `${JSON.stringify(text)} is not allowed: an address as in https://host`;
  const { protocol, origin, href, username } = new URL(text);
  if (username !== '' || (href !== `${origin}/` && href !== origin)) {
    return `${JSON.stringify(text)} is not allowed: scheme, host and port only, as in https://host`;
  }
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(text))) return undefined;
  return `${JSON.stringify(text)} is not allowed: https://…, or http:// on localhost`;
}

/** The domains of the cloud that 21Vianet operates in China, and of tenants in it. */
const chinaDomain = /(^|\.)(chinacloudapi\.cn|microsoftonline\.cn|onmschina\.cn|azure\.cn)\.?$/i;
const chinaFault =
  'is of Microsoft 365 operated by 21Vianet in China, which MSEDB does not support: its Graph has no delta of messages and folders';

/** An address of Microsoft. */
export function faultOfMicrosoftUrl(text: string): Fault {
  return faultOfBaseUrl(text) ?? (chinaDomain.test(new URL(text).hostname) ? chinaFault : undefined);
}

/** A tenant's id or domain, or the names for "any": common, organizations, consumers. */
export function faultOfTenant(text: string): Fault {
  if (!/^[\w.-]+$/.test(text)) return 'is not a tenant: its id, its domain, or common';
  return chinaDomain.test(text) ? chinaFault : undefined;
}

/** The names that stand for accounts of more than one directory. */
const sharedTenants = new Set(['common', 'organizations', 'consumers']);

/** Tells if accounts of any directory may sign in, so that an address alone says little about who comes. */
export function isSharedTenant(tenant: string): boolean {
  return sharedTenants.has(tenant.toLowerCase());
}

/** The id of a directory. */
export function faultOfTenantId(text: string): Fault {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
    ? undefined
    : `${JSON.stringify(text)} is not allowed: the id of a directory, as in 11111111-2222-3333-4444-555555555555`;
}

/** A day, as in 2027-01-31. */
export function faultOfDay(text: string): Fault {
  return z.iso.date().safeParse(text).success
    ? undefined
    : `${JSON.stringify(text)} is not allowed: a day, as in 2027-01-31`;
}

/** The name of a time zone in the IANA database. */
export function faultOfTimeZone(text: string): Fault {
  return isTimeZone(text) ? undefined : `${JSON.stringify(text)} is not a time zone: a name as in UTC or Europe/Berlin`;
}

function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false; // an offset such as +01:00 is no zone to the scheduler
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function faultOfEmail(text: string): Fault {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : 'is not an e-mail address';
}

/** Express's "trust proxy": how many proxies stand in front, or which. */
export function faultOfTrustProxy(text: string): Fault {
  if (/^\d{1,2}$/.test(text) || text.split(',').every(isProxyAddress)) return undefined;
  return `${JSON.stringify(text)} is not allowed: a number of proxies, or addresses such as 10.0.0.0/8,loopback`;
}

function isProxyAddress(part: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(part)) return true;
  const [address = '', bits, ...rest] = part.trim().split('/');
  const width = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= width))
  );
}

/** A token that could be guessed protects nothing. */
export function faultOfToken(value: string): string | undefined {
  return value.length >= 16 && !/\s/.test(value) ? undefined : 'is not allowed: at least 16 characters, no spaces';
}
