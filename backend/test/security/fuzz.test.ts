import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitKeysOf } from '../../src/http/rate-limit.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { send } from './fuzz/answer.ts';
import { type ApiDocument, operationsOf, readDocument } from './fuzz/document.ts';
import { createJudge } from './fuzz/judge.ts';
import { People } from './fuzz/people.ts';
import { type FuzzRequest, requestsFor } from './fuzz/requests.ts';

// Made from the OpenAPI document: every operation with wrong types, missing and extra fields, hostile texts, ids of
// others, tampered cursors, malformed bodies. `npm run fuzz` sends all of them; otherwise one in so many is sent, from
// the same list, so that a failure here can be repeated there.
const isWhole = process.env['FUZZ'] === 'whole';
const stride = isWhole ? 1 : 17;
/** A person may write 100 times a minute. */
const writesBetweenResets = 40;

describe('every answer to a request that is made from the document', () => {
  let it365: ConnectedService;
  let accounts: Accounts;
  let document: ApiDocument;
  let people: People;
  beforeAll(async () => {
    it365 = await startConnectedService();
    accounts = await Accounts.start(it365);
    people = await People.start(accounts);
    document = readDocument((await it365.browser().once('/api/openapi.json')).body);
  });
  afterAll(async () => {
    await accounts[Symbol.asyncDispose]();
    await it365[Symbol.asyncDispose]();
  });

  it('is documented, true to its schema, and never a 5xx', { timeout: 3_600_000 }, async () => {
    const judge = createJudge(document);
    const statuses = new Map<number, number>();
    const faults = new Map<string, { times: number; example: string }>();
    const operations = operationsOf(document);
    let made = 0;
    let sent = 0;
    for (const operation of operations) {
      for (const request of requestsFor({ document, ids: people.ids, others: people.others }, operation)) {
        made += 1;
        const isChosen = request.kind === 'usual' || made % stride === 0;
        if (!isChosen) continue;
        if (sent % writesBetweenResets === 0) await accounts.redis.del(...people.userIds.flatMap(limitKeysOf));
        const answer = await send(it365.url, request, await people.credentialsFor(request));
        sent += 1;
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const fault = judge(request, answer);
        if (fault === undefined) continue;
        const name = `${operation.operationId} ${fault}`;
        const { times = 0, example = exampleOf(request, answer.text) } = faults.get(name) ?? {};
        faults.set(name, { times: times + 1, example });
      }
    }

    const counts = Object.fromEntries([...statuses].toSorted(([one], [other]) => one - other));
    process.stdout.write(`${operations.length} operations, ${sent} of ${made} requests: ${JSON.stringify(counts)}\n`);
    expect(Object.fromEntries(faults)).toEqual({});
    expect(sent).toBeGreaterThan(isWhole ? 5_000 : 400);
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(['200', '400', '401', '403', '404']));
  });
});

function exampleOf({ operation, kind, path, body }: FuzzRequest, answer: string): string {
  const said = body === undefined ? '' : ` ${body.toString().slice(0, 300)}`;
  return `${kind}: ${operation.method} ${path.slice(0, 300)}${said} → ${answer.slice(0, 300)}`;
}
