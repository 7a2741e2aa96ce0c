import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LivelyEmulator, startLivelyEmulator } from './lively.ts';
import { correspondents, daysOfMail, dealsSender, reportsSender, shopSender } from './lively-correspondents.ts';

const dayMs = 24 * 60 * 60_000;

const subjects = ({ owner }: LivelyEmulator) => owner.mailbox.messages().map(({ from, subject }) => [from, subject]);

describe('a lively mailbox', () => {
  let lively: LivelyEmulator;
  beforeAll(async () => {
    lively = await startLivelyEmulator({ port: 0 });
  });
  afterAll(() => lively.emulator.close());

  const foldersOf = (address: string): string[] => {
    const { mailbox } = lively.owner;
    const messages = mailbox.messages().filter(({ from }) => from.address === address);
    return messages.map(({ folderId }) => mailbox.folders.get(folderId).displayName);
  };

  it('holds a few hundred messages of the last two months, of everybody', () => {
    const messages = lively.owner.mailbox.messages();
    const ages = messages.map(({ receivedAtMs }) => (lively.emulator.clock.now() - receivedAtMs) / dayMs);

    expect(messages.length).toBeGreaterThan(250);
    expect(messages.length).toBeLessThan(500);
    expect(Math.max(...ages)).toBeLessThan(daysOfMail);
    expect(Math.max(...ages)).toBeGreaterThan(daysOfMail - 4);
    expect(Math.min(...ages)).toBeGreaterThan(1);
    expect(correspondents.every(({ from }) => foldersOf(from.address).length > 5)).toBe(true);
  });

  it('shows habits without an exception, and one with exceptions', () => {
    expect(new Set(foldersOf(dealsSender.from.address))).toEqual(new Set(['Deleted Items']));
    expect(new Set(foldersOf(reportsSender.from.address))).toEqual(new Set(['Reports']));
    expect(new Set(foldersOf(shopSender.from.address))).toEqual(new Set(['Deleted Items', 'Inbox']));
  });

  it('is the same every time', async () => {
    const again = await startLivelyEmulator({ port: 0 });

    expect(subjects(again)).toEqual(subjects(lively));
    await again.emulator.close();
  });
});
