import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTenantReport } from '../emulator/as-reported.ts';
import { type Emulator, startEmulator } from '../emulator/emulator.ts';
import type { EmulatorOptions } from '../emulator/options.ts';
import type { Person } from '../emulator/people.ts';
import { graphAs } from '../emulator/testing/app-client.ts';
import { parseCliOptions } from './cli-options.ts';
import { folderName, marker } from './own-items.ts';
import type { Answer } from './report.ts';
import { reportOf, settingsOf, startContract } from './testing.ts';

const email = 'ada.lovelace@contoso.example';
/** A tenant that differs in everything that an emulator can vary. */
const differing: EmulatorOptions = {
  tenant: {
    flagDates: 'dropped',
    patchAnswersBody: true,
    moveAnswersBody: true,
    emptyHeader: 'null',
    missingFolder: { status: 404, code: 'ErrorFolderNotFound' },
    hasSearchFoldersInDelta: false,
    grantedMinutes: 10_070,
    moveNotifications: ['deleted', 'created'],
    toldOf: {
      isRead: 'whole',
      flag: ['flag', 'id', 'parentFolderId'],
      categories: ['@odata.etag', 'categories', 'id'],
    },
  },
  hiddenArrivalRate: 1,
  recoverable: { softDeletedIn: 'purges', readable: 'messages' },
};

let [folder, emulator]: [string?, Emulator?] = [];
let person: Person;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'msedb-contract-'));
});
afterEach(async () => {
  await emulator?.close();
  await rm(folder ?? '', { recursive: true, force: true });
});

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const started = await startEmulator({ seed: 5, ...options });
  emulator = started;
  person = started.people.add({ email, name: 'Ada Lovelace', folders: ['Receipts'] });
  person.does.deliver({ from: 'grace@navy.example', subject: 'A moth in relay 70', folder: 'Receipts' });
  person.does.deliver({ from: 'grace@navy.example', subject: marker, folder: 'inbox' });
  return started;
}

/** What lies in the mailbox, Recoverable Items aside. */
function contents() {
  const { mailbox } = person;
  const inFolder = (id: string): unknown[] =>
    mailbox.folders.children(id).flatMap((child) => [child.displayName, ...inFolder(child.id)]);
  const messages = mailbox.messages().map(({ id, folderId, version }) => [id, folderId, version]);
  return { folders: inFolder('msgfolderroot'), messages };
}

function idsWith(
  answers: Readonly<Record<string, { readonly verdict: Answer['verdict'] }>>,
  verdict: Answer['verdict'],
): string[] {
  return Object.keys(answers).filter((id) => answers[id]?.verdict === verdict);
}

describe('the contract with Microsoft 365', () => {
  it('holds on the emulator, touches no other mail, and leaves nothing', async () => {
    const microsoft = await start();
    const before = contents();

    const { exitCode, report } = await reportOf(microsoft, folder ?? '');

    expect(idsWith(report.answers, 'differs')).toEqual([]);
    expect(idsWith(report.answers, 'cannot tell')).toEqual(['subscriptions.invitation-on-phone']);
    expect(idsWith(report.answers, 'as assumed').length).toBeGreaterThan(60);
    expect(exitCode).toBe(0);
    expect(contents()).toEqual(before);
    expect(microsoft.privacy.report()).toMatchObject({ violations: [], refused: [] });
  });

  it('reports no id, address, subject or name of anybody', async () => {
    const microsoft = await start();
    const { exitCode: _exitCode, stdout, report } = await reportOf(microsoft, folder ?? '');
    const { tid, oid, mailbox } = person;
    const folders = mailbox.folders.children().map(({ id }) => id);
    const messages = mailbox
      .messages()
      .flatMap(({ id, subject, internetMessageId }) => [id, subject, internetMessageId]);
    const touched = microsoft.truth.entries().map(({ item }) => item);
    const people = [tid, oid, email, 'Ada', 'Lovelace', 'contoso', 'grace', 'navy', 'Receipts'];
    const personal = [...people, ...messages, ...folders, ...touched];

    const text = JSON.stringify(report) + stdout;

    expect(personal.length).toBeGreaterThan(100);
    expect(personal.filter((one) => text.includes(one))).toEqual([]);
    expect(JSON.stringify(report)).not.toContain(microsoft.graphUrl);
  });

  it('tells how a tenant differs, and an emulator that is given the report behaves like it', async () => {
    const tenant = await start(differing);
    const first = await reportOf(tenant, folder ?? '');
    await tenant.close();

    const like = await start({ as: parseTenantReport(JSON.stringify(first.report)) });
    const second = await reportOf(like, folder ?? '');

    expect(idsWith(first.report.answers, 'differs')).toEqual([
      'writes.patch-select',
      'writes.move-select',
      'writes.flag-dates',
      'items.empty-header',
      'folders.missing',
      'folders.search-in-delta',
      'folders.store-root',
      'delta.read-change',
      'delta.flag-change',
      'delta.categories-change',
      'delta.moved-arrival',
      'deletions.parent',
      'deletions.parent-readable',
      'deletions.parent-outside',
      'subscriptions.longest-lifetime',
      'subscriptions.move-kinds',
    ]);
    expect(first.exitCode).toBe(1);
    expect(second.report.answers).toEqual(first.report.answers);
  });

  it('removes what it made when it is interrupted', async () => {
    const microsoft = await start();
    const before = contents();
    const running = startContract(settingsOf(microsoft), ['--device-code', '--yes', '--wait', '3']);
    await untilPrinted(running, 'writes.flag-dates');

    running.kill('SIGINT');
    const { exitCode, stdout } = await running;

    expect(exitCode).toBe(130);
    expect(stdout).toContain('Removed');
    expect(contents()).toEqual(before);
  });

  it('finds what a run that was killed left, and removes that alone', async () => {
    const microsoft = await start();
    const before = contents();
    const running = startContract(settingsOf(microsoft), ['--device-code', '--yes', '--wait', '3']);
    await untilPrinted(running, 'deletions.readable');
    running.kill('SIGKILL');
    await running;
    const left = contents();

    const again = await startContract(settingsOf(microsoft), ['--device-code', '--yes']);
    const cleaned = await startContract(settingsOf(microsoft), ['--device-code', '--yes', '--clean']);

    expect(left.folders).toContain(folderName);
    expect(left.messages.length).toBeGreaterThan(before.messages.length);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('--clean')]);
    expect(cleaned.exitCode).toBe(0);
    expect(contents()).toEqual(before);
  });

  it('leaves a folder of its name that holds other mail', async () => {
    const microsoft = await start();
    person.does.createFolder(folderName);
    person.does.deliver({ from: 'grace@navy.example', subject: 'Mine', folder: folderName });
    const call = await graphAs(microsoft, email);
    await call('/me/messages', { method: 'POST', body: { subject: 'A draft of another program' } });
    const before = contents();

    const { exitCode, stdout } = await startContract(settingsOf(microsoft), ['--device-code', '--yes', '--clean']);

    expect(exitCode).toBe(2);
    expect(stdout).toContain('left: a folder holds other mail');
    expect(contents()).toEqual(before);
  });
});

describe('the command line', () => {
  it('asks before it starts, and does nothing without a yes', async () => {
    const microsoft = await start();
    const before = contents();
    const running = startContract(settingsOf(microsoft), ['--device-code']);
    running.stdin.end('no\n');

    const { exitCode, stdout } = await running;

    expect(exitCode).toBe(2);
    expect(stdout).toContain('Nothing was done.');
    expect(contents()).toEqual(before);
  });

  it.each([
    [[], '--mailbox'],
    [['--mailbox', email, '--device-code'], '--mailbox'],
    [['--device-code', '--wait', 'soon'], '--wait'],
    [['--device-code', '--listen', '0'], '--listen'],
    [['--device-code', '--notification-url', 'http://contoso.example'], 'https'],
    [['--color'], '--color'],
  ])('refuses %j by name', (args, named) => {
    expect(() => parseCliOptions(args)).toThrow(named);
  });

  it('ends with exit code 2 when an option or a setting is wrong', async () => {
    const unregistered = { MICROSOFT_CLIENT_ID: '', MICROSOFT_CLIENT_SECRET: '' };
    const option = await startContract(unregistered, ['--color']);
    const setting = await startContract(unregistered, ['--device-code']);

    expect([option.exitCode, option.stderr]).toEqual([2, expect.stringContaining('--color')]);
    expect([setting.exitCode, setting.stderr]).toEqual([2, expect.stringContaining('MICROSOFT_CLIENT_ID')]);
  });

  it('explains itself, and lists every assumption with its source', async () => {
    const help = await startContract({}, ['--help']);
    const list = await startContract({}, ['--list']);

    expect([help.exitCode, list.exitCode]).toEqual([0, 0]);
    expect(help.stdout).toContain('Exit code: 0 when nothing differs');
    expect(list.stdout).toMatch(/writes\.flag-dates: .+ \(https:\/\/learn\.microsoft\.com\//);
  });

  it('refuses a text that is no report', () => {
    expect(() => parseTenantReport('{"answers":{}}')).toThrow('graph:contract');
    expect(() => parseTenantReport('no json')).toThrow('graph:contract');
  });
});

function untilPrinted(running: ReturnType<typeof startContract>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    running.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve();
    });
    void running.finally(() => reject(new Error(`It ended before it printed ${text}:\n${output}`)));
  });
}
