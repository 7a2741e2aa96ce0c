import { inspect } from 'node:util';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { finishSignIn, startSignIn } from '../../../src/auth/sign-in/sign-in.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { AuditLog, Mailbox, User } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startEntra, tenantId, type TestEntra } from './entra.ts';
import { untilPasses } from '../../harness/until-passes.ts';

const secretFields = new Set(['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier', 'client_secret']);

let database: TestDatabase;
let entra: TestEntra;
beforeAll(async () => {
  [database, entra] = await Promise.all([connectTestDatabase(), startEntra()]);
});
afterAll(async () => {
  await entra[Symbol.asyncDispose]();
  await database.drop();
});

/** Writes down every secret that travels to Microsoft or back. */
function watchTheWire(): Set<string> {
  const secrets = new Set<string>();
  const collect = (fields: object) => {
    for (const [name, value] of Object.entries(fields)) if (secretFields.has(name)) secrets.add(String(value));
  };
  const { fetch } = globalThis;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (target, init) => {
    if (typeof init?.body === 'string') collect(Object.fromEntries(new URLSearchParams(init.body)));
    const reply = await fetch(target, init);
    const text = await reply.clone().text();
    if (text.startsWith('{')) collect(JSON.parse(text));
    return reply;
  });
  return secrets;
}

/** Writes down everything that the process prints. */
function watchTheOutput(): string[] {
  const printed: string[] = [];
  // The log writes to the console's own stream, which is the test runner's here.
  const consoleStream: NodeJS.WriteStream = Reflect.get(console, '_stdout');
  for (const stream of [process.stdout, process.stderr, consoleStream]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      printed.push(String(chunk));
      return true;
    });
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => {
      printed.push(inspect(parts, { depth: 9 }));
    });
  }
  return printed;
}

/** Signs in, connects, renews and fails in every way there is. @returns what was thrown on the way */
async function live(): Promise<unknown[]> {
  const thrown: unknown[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => thrown.push(error));
  const [email, further] = [entra.person(), entra.person()];
  await buildUser({ email, tenantId });
  const { session, mailboxId } = await entra.signIn(email);
  const connected = await entra.signIn(further, { purpose: 'connect', sessionId: session?.id ?? '' });
  const tokens = entra.process();
  await tokens.getToken(mailboxId, { forceRefresh: true });
  for (const kind of [429, 503, 'reset'] as const) {
    entra.emulator.faults.add({ kind, target: 'login', times: 1 });
    await attempt(tokens.getToken(mailboxId, { forceRefresh: true }));
  }
  entra.emulator.grants.revoke(entra.emulator.people.get(email), 'invalid_grant');
  await attempt(tokens.getToken(mailboxId, { forceRefresh: true }));
  await Mailbox.updateOne({ _id: connected.mailboxId }, { msalCache: 'v1.k1.broken' });
  await attempt(tokens.getToken(connected.mailboxId, { forceRefresh: true }));
  await attempt(entra.signIn(entra.person()));
  const [one, other] = [
    await startSignIn(entra.deps, { purpose: 'sign-in' }),
    await startSignIn(entra.deps, { purpose: 'sign-in' }),
  ];
  const { code = '' } = await entra.visit(one.url, email);
  const { state } = await entra.visit(other.url, email);
  await attempt(finishSignIn(entra.deps, { state, code, browserBinding: other.browserBinding }));
  await attempt(finishSignIn(entra.deps, { state, code, browserBinding: other.browserBinding }));
  await attempt(finishSignIn(entra.deps, { ...(await entra.visit(one.url, email)), browserBinding: 'stolen' }));
  return thrown;
}

describe('tokens, codes and keys', () => {
  it('are in nothing that is thrown, printed, logged or stored', async () => {
    const secrets = watchTheWire();
    const printed = watchTheOutput();
    const logger = createLogger({ level: 'debug', style: 'json' });

    const thrown = await live();
    for (const error of thrown) logger.error('Failed', { error });
    for (const mailbox of await Mailbox.find()) logger.info('Mailbox', { mailbox });
    await untilPasses(() => expect(printed.join('')).toContain('"Mailbox"'));
    vi.restoreAllMocks();

    expect(thrown).toHaveLength(9);
    expect(secrets.size).toBeGreaterThan(20);
    const collections = (await mongoose.connection.db?.collections()) ?? [];
    const stored = await Promise.all(collections.map((collection) => collection.find().toArray()));
    const everything = [printed.join('\n'), inspect(thrown, { depth: 9 }), JSON.stringify(stored)];
    const keyMaterial = entra.keyEntry.split(':')[1] ?? '';
    for (const secret of [...secrets, keyMaterial]) {
      expect(everything.filter((text) => text.includes(secret))).toEqual([]);
    }
    expect(everything[0]).not.toMatch(/@example\.com/);
    const told = thrown.filter((error) => !(error instanceof AppError && error.code === 'not_invited')); // tells the person their own name
    expect(inspect(told, { depth: 9 })).not.toMatch(/@example\.com/);
  });

  it('were looked for where there is something to find', async () => {
    expect(await User.countDocuments()).toBeGreaterThan(0);
    expect(await AuditLog.countDocuments({ action: 'mailbox_disconnected' })).toBe(2);
  });
});
