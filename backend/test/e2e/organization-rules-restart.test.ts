import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../src/lib/logger.ts';
import { type Runtime, startRuntime } from '../../src/composition/runtime.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';

let ada: AutomatedMailbox;
let restarted: Runtime | undefined;
beforeAll(async () => {
  ada = await startAutomatedMailbox();
});
afterAll(async () => {
  await restarted?.stop();
  await ada[Symbol.asyncDispose]();
});

const sender = (name: string) => `${name}@sender.example`;

async function orgRule(name: string): Promise<string> {
  const rule = { scope: 'org', conditions: { senderEmail: sender(name) }, actions: [{ actionType: 'archive' }] };
  const { body } = await ada.browser.write('POST', '/api/rules', rule);
  return `/api/rules/${Object(body).id}`;
}

it('answers to rules of the organization hold after a restart', async () => {
  const [accepted, declined, open] = [await orgRule('accepted'), await orgRule('declined'), await orgRule('open')];
  await ada.browser.write('POST', `${accepted}/accept`, { version: 1 });
  await ada.browser.write('POST', `${declined}/decline`);
  const { config, runtime } = ada.it365.service;

  await runtime.stop();
  restarted = await startRuntime({
    config,
    logger: createLogger({ level: 'error', style: 'readable' }),
    signal: new AbortController().signal,
  });

  const standings: unknown[] = [];
  for (const path of [accepted, declined, open]) {
    const { body } = await ada.browser.once(path);
    standings.push(Object(body).answers[0].standing);
  }
  expect(standings).toEqual(['accepted', 'declined', 'open']);
  const folders: string[] = [];
  for (const name of ['accepted', 'declined', 'open']) {
    const { id } = ada.person.does.deliver({ from: sender(name) });
    await ada.evaluated(id);
    folders.push(ada.person.mailbox.get(id).folderId);
  }
  expect(folders).toEqual(['archive', 'inbox', 'inbox'].map((name) => ada.folderId(name)));
});
