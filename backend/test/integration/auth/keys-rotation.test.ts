import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { rotateKeys } from '../../../src/auth/tokens/keys-rotation.ts';
import { TokenVault } from '../../../src/auth/tokens/token-vault.ts';
import { generateKeyEntry, parseKeys } from '../../../src/auth/tokens/vault-keys.ts';
import { Mailbox } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { useTestDatabase } from '../../harness/database.ts';

const backendFolder = fileURLToPath(new URL('../../..', import.meta.url));
const [older, newer] = [generateKeyEntry(), generateKeyEntry()];
const vaultOf = (...entries: string[]) => new TokenVault(parseKeys(entries.join(',')));

const database = useTestDatabase();
let lines: string[] = [];
const print = (line: string) => lines.push(line);

beforeEach(async () => {
  lines = [];
  await Mailbox.deleteMany({});
});

/** A mailbox whose tokens are sealed by the first of `entries`. */
async function sealedMailbox(content: string, ...entries: string[]) {
  const mailbox = await buildMailbox();
  const msalCache = vaultOf(...entries).seal(content, `mailbox:${mailbox.id}`);
  await Mailbox.updateOne({ _id: mailbox._id }, { msalCache });
  return mailbox._id;
}

async function contentOf(mailboxId: Awaited<ReturnType<typeof sealedMailbox>>, ...entries: string[]): Promise<string> {
  const { msalCache = '' } = await Mailbox.findById(mailboxId).lean().orFail();
  return vaultOf(...entries).open(msalCache, `mailbox:${mailboxId.toHexString()}`);
}

/** The command as its operator runs it. */
function run(command: string, args: string[] = [], env: Record<string, string> = {}) {
  return execa(process.execPath, [`dist/cli/${command}.js`, ...args], {
    cwd: backendFolder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    extendEnv: false,
    reject: false,
  });
}

describe('rotating the keys', () => {
  it('seals everything anew with the first key, once', async () => {
    const ids = [await sealedMailbox('one', older), await sealedMailbox('two', newer)];
    await buildMailbox();

    expect(await rotateKeys(vaultOf(newer, older), print)).toBe(0);

    expect(await Promise.all(ids.map((id) => contentOf(id, newer)))).toEqual(['one', 'two']);
    expect(lines).toEqual([expect.stringMatching(/^1 \D*2 \D*$/), expect.any(String)]);
    expect(await rotateKeys(vaultOf(newer, older), print)).toBe(0);
    expect(lines.at(-2)).toMatch(/^0 \D*3 \D*$/);
  });

  it('goes on where it was stopped', async () => {
    const ids: Awaited<ReturnType<typeof sealedMailbox>>[] = [];
    for (const content of ['a', 'b', 'c']) ids.push(await sealedMailbox(content, older)); // in the order of their ids
    const stopped = rotateKeys(
      Object.assign(vaultOf(newer, older), {
        seal: (plain: string, context: string) => {
          if (plain === 'b') throw new Error('stopped');
          return vaultOf(newer, older).seal(plain, context);
        },
      }),
      print,
    );
    await expect(stopped).rejects.toThrow('stopped');

    expect(await rotateKeys(vaultOf(newer, older), print)).toBe(0);

    expect(await Promise.all(ids.map((id) => contentOf(id, newer)))).toEqual(['a', 'b', 'c']);
    expect(lines.at(-2)).toMatch(/^[12] \D*[12] \D*$/);
  });

  it('names what it cannot open, by id, and does the rest', async () => {
    const lost = await sealedMailbox('lost', generateKeyEntry());
    const kept = await sealedMailbox('kept', older);

    expect(await rotateKeys(vaultOf(newer, older), print)).toBe(1);

    expect(lines).toContainEqual(expect.stringContaining(lost.toHexString()));
    expect(await contentOf(kept, newer)).toBe('kept');
  });

  it('never overwrites what the service wrote meanwhile', async () => {
    const id = await sealedMailbox('old', older);
    const vault = vaultOf(newer, older);
    let isFirst = true;
    const interrupted = Object.assign(vaultOf(newer, older), {
      needsRotation: (stored: string) => {
        if (isFirst) {
          isFirst = false;
          meanwhile = Mailbox.updateOne(
            { _id: id },
            { $set: { msalCache: vault.seal('new', `mailbox:${id.toHexString()}`) }, $inc: { msalCacheVersion: 1 } },
          ).exec();
        }
        return vault.needsRotation(stored);
      },
    });
    let meanwhile: Promise<unknown> | undefined;

    expect(await rotateKeys(interrupted, print)).toBe(0);

    await meanwhile;
    expect(await contentOf(id, newer)).toBe('new');
  });
});

describe('npm run keys:generate', () => {
  it('prints an entry that the service takes, another one each time', async () => {
    const [first, second] = [await run('keys-generate'), await run('keys-generate')];

    expect(parseKeys(`${first.stdout},${second.stdout}`)).toHaveLength(2);
    expect(first.exitCode).toBe(0);
  });

  it('explains itself, and refuses what it does not know', async () => {
    expect(await run('keys-generate', ['--help'])).toMatchObject({ exitCode: 0, stdout: /ENCRYPTION_KEYS/ });
    expect(await run('keys-generate', ['--bogus'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('npm run keys:rotate', () => {
  it('works on the store of its settings, and prints no key', async () => {
    const id = await sealedMailbox('one', older);

    const { exitCode, stdout, stderr } = await run('keys-rotate', [], {
      MONGODB_URI: database.uri,
      ENCRYPTION_KEYS: `${newer},${older}`,
    });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('All stored tokens have the newest key.');
    expect(await contentOf(id, newer)).toBe('one');
    for (const entry of [older, newer]) expect(stdout).not.toContain(entry.split(':')[1]);
  });

  it('explains itself, and says 2 when it could not be done', async () => {
    expect(await run('keys-rotate', ['--help'])).toMatchObject({ exitCode: 0, stdout: /Usage: npm run keys:rotate/ });
    expect(await run('keys-rotate', ['--bogus'])).toMatchObject({ exitCode: 2, stderr: /Unknown option '--bogus'/ });
    expect(await run('keys-rotate')).toMatchObject({ exitCode: 2, stderr: /ENCRYPTION_KEYS/ });
  });
});
