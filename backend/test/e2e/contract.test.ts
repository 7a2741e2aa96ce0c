import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsOf, startContract } from '../../contract/testing.ts';
import { AuditLog, EmailEvent } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const traces = async () => [await EmailEvent.countDocuments(), await AuditLog.countDocuments()];

describe('the contract with a mailbox that is connected to the running service', () => {
  let it365: ConnectedService;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'msedb-contract-'));
    it365 = await startConnectedService();
    await it365.signedIn(admin);
  });
  afterAll(async () => {
    await it365[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** The settings of the service, as its .env would have them. */
  const settings = () => ({
    ...settingsOf(it365.microsoft),
    ENCRYPTION_KEYS: it365.service.config.encryptionKeys?.reveal() ?? '',
    MONGODB_URI: it365.service.mongoUri,
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(it365.service.redis.port),
  });

  it('uses its tokens, tells what it cannot ask without a sign-in, and leaves no trace', async () => {
    const file = join(folder, 'report.json');
    const args = ['--mailbox', admin.toUpperCase(), '--yes', '--wait', '3', '--report', file];

    const before = await traces();

    const { exitCode, stderr } = await startContract(settings(), args);
    it365.microsoft.privacy.clear(); // what was read is not what the service reads

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { access, answers } = JSON.parse(await readFile(file, 'utf8'));
    expect(access).toBe('mailbox');
    expect(answers).toMatchObject({
      'writes.flag-dates': { verdict: 'as assumed' },
      'sign-in.pending': { verdict: 'cannot tell', reason: 'it takes a sign-in of its own: see --device-code' },
    });
    expect(Object.values(answers)).not.toContainEqual(expect.objectContaining({ verdict: 'differs' }));
    expect(it365.microsoft.people.get(admin).mailbox.messages()).toEqual([]);
    expect(await traces()).toEqual(before);
  });

  it('says so when no mailbox of that address is connected', async () => {
    const { exitCode, stderr } = await startContract(settings(), ['--mailbox', 'nobody@contoso.example', '--yes']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('connect it in the service first');
  });
});
