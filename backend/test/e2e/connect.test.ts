import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/network.ts';
import { consumersTenant } from '../../src/auth/microsoft/id-tokens.ts';
import { Mailbox, MessageState } from '../../src/models/index.ts';
import { buildRule } from '../factories/rule.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { untilPasses } from '../harness/until-passes.ts';

const backendFolder = fileURLToPath(new URL('../..', import.meta.url));

let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService({ emulator: { isPublicClient: true } });
});
afterAll(() => it365[Symbol.asyncDispose]());

/** Runs the built command; who enters the code on another machine is `choice`, nobody when left out. */
async function connect(choice: string | undefined, settings: Readonly<Record<string, string>> = {}) {
  const { service, microsoft, url } = it365;
  const { config, mongoUri, redis } = service;
  const child = spawn(process.execPath, ['dist/cli/connect.js'], {
    cwd: backendFolder,
    env: {
      PATH: process.env['PATH'],
      MONGODB_URI: mongoUri,
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      APP_URL: url,
      MICROSOFT_CLIENT_TYPE: 'public',
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_LOGIN_URL: microsoft.loginUrl,
      GRAPH_URL: microsoft.graphUrl,
      ENCRYPTION_KEYS: config.encryptionKeys?.reveal() ?? '',
      ADMIN_EMAIL: config.adminEmail ?? '',
      ADMIN_TENANT_ID: config.adminTenantId ?? '',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const errors = text(child.stderr);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const isShown = output.includes('enter the code');
    output += chunk;
    const [, page, code] = /Open (\S+) in .* the code ([A-Z]+)/.exec(output) ?? [];
    if (isShown || page === undefined) return;
    if (choice === undefined) child.kill('SIGINT');
    else void fetch(`${page}?user_code=${code}&emulator_answer=${choice}`).then((reply) => reply.text());
  });
  await closed;
  return { exitCode: child.exitCode, output, errors: await errors };
}

describe('npm run connect', () => {
  it('ended by Ctrl-C leaves nothing', async () => {
    const { exitCode, errors } = await connect(undefined);

    expect([exitCode, errors]).toEqual([130, 'Ended: nothing was connected\n']);
    expect(await Mailbox.countDocuments()).toBe(0);
  });

  it('connects a mailbox, which the running service reads at once', async () => {
    const { exitCode, output, errors } = await connect(admin);

    expect([exitCode, errors]).toEqual([0, '']);
    expect(output).toContain(`${admin} is connected. The running service reads it now`);
    await untilPasses(async () => {
      expect((await Mailbox.findOne({ email: admin }).lean().orFail()).lastSyncAt).toBeInstanceOf(Date);
    });
  });

  it('connects it also while Redis is away: the schedule includes it then', async () => {
    const person = it365.microsoft.people.add({ email: 'eve@contoso.example' });
    const ada = await it365.signedIn(admin);
    await ada.write('POST', '/api/admin/users', { email: person.email });

    const { exitCode, output, errors } = await connect(person.email, { REDIS_PORT: String(await freePort()) });

    expect([exitCode, errors]).toEqual([0, '']);
    expect(output).toContain(`${person.email} is connected.`);
    expect(output).not.toContain('reads it now');
    expect(await Mailbox.findOne({ email: person.email }).lean()).toMatchObject({ isConnected: true });
  });

  it('says in words who is refused', async () => {
    const stranger = it365.microsoft.people.add({ email: 'mallory@contoso.example' });

    const { exitCode, errors } = await connect(stranger.email);

    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^This account has not been invited\. .*\n$/);
  });

  it('refuses the settings of a client with a secret, and says what to set', async () => {
    const settings = { MICROSOFT_CLIENT_TYPE: 'confidential', MICROSOFT_CLIENT_SECRET: 'hush' };

    const { exitCode, output, errors } = await connect(admin, settings);

    expect([exitCode, output]).toEqual([2, '']);
    expect(errors).toMatch(/^Only a public client .*MICROSOFT_CLIENT_TYPE=public.*\n$/);
  });
});

describe('a public client in the browser, with a personal account', () => {
  it('is read, and a rule acts on its mail, without its inbox rules', async () => {
    const email = 'pat@outlook.example';
    const person = it365.microsoft.people.add({ email, tenantId: consumersTenant });
    const browser = await it365.signedIn(admin);
    await browser.write('POST', '/api/admin/users', { email, tenantId: consumersTenant });
    await it365.signedIn(email);
    const mailbox = await untilPasses(async () => {
      const row = await Mailbox.findOne({ email }).lean().orFail();
      expect(row.lastSyncAt).toBeInstanceOf(Date);
      return row;
    });
    const conditions = { senderEmail: 'news@letters.example' };
    const owner = { userId: mailbox.userId, mailboxId: mailbox._id };
    await buildRule({ ...owner, conditions, actions: [{ actionType: 'markRead', order: 0 }] });

    const { id } = person.does.deliver({ from: 'news@letters.example', subject: 'Weekly' });
    const pat = await it365.signedIn(email);
    const { status } = await pat.write('POST', `/api/mailboxes/${mailbox._id.toHexString()}/sync`);

    expect(status).toBeLessThan(300);
    await untilPasses(async () => {
      const state = await MessageState.findOne({ mailboxId: mailbox._id, messageId: id }).lean();
      expect(state).toMatchObject({ automation: 'done' });
    });
    expect(person.does.mailbox.get(id)).toMatchObject({ isRead: true });
  });
});
