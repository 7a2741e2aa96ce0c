import { randomBytes } from 'node:crypto';
import { type Emulator, startEmulator } from './emulator.ts';
import { tenantOf } from './ids.ts';
import type { EmulatorOptions } from './options.ts';

const furnishedMail = [
  ['news@letters.example', 'This week in letters', { 'List-Unsubscribe': '<https://letters.example/off>' }],
  ['billing@shop.example', 'Your invoice', {}],
  ['carol@contoso.example', 'Lunch on Friday?', {}],
] as const;

/** Who has an account, and is not asked for a password. The first is the backend's first admin. */
export const furnishedPeople = ['ada@contoso.example', 'ben@contoso.example'] as const;

/**
 * Starts an emulator for a person to look at: two people with a little mail, the second with a
 * German mailbox, and a consent page that asks.
 */
export async function startFurnishedEmulator(
  options: Pick<EmulatorOptions, 'port' | 'seed' | 'as'>,
): Promise<Emulator> {
  const emulator = await startEmulator({ ...options, consent: 'page' });
  for (const [index, email] of furnishedPeople.entries()) {
    const language = index === 0 ? 'en' : 'de';
    const person = emulator.people.add({ email, language, folders: ['Receipts', 'Reading'], usualFolders: true });
    for (const [from, subject, headers] of furnishedMail) person.does.deliver({ from, subject, headers });
  }
  return emulator;
}

/** The settings that point a backend at it, with a new encryption key. */
export function backendSettings({ url, clientId, clientSecret }: Emulator): Record<string, string> {
  return {
    MICROSOFT_LOGIN_URL: url,
    GRAPH_URL: url,
    MICROSOFT_CLIENT_ID: clientId,
    MICROSOFT_CLIENT_SECRET: clientSecret,
    ADMIN_EMAIL: furnishedPeople[0],
    ADMIN_TENANT_ID: tenantOf('contoso.example'),
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
}
