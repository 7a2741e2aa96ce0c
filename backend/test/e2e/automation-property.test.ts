import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from './automation-property/commands.ts';
import { readEvidence } from './automation-property/evidence.ts';
import { commandSequence, commandSequenceWithoutOwner } from './automation-property/arbitraries.ts';
import { perform } from './automation-property/perform.ts';
import { brokenInvariants } from './automation-property/invariants.ts';
import { settle } from './automation-property/settle.ts';
import { MailboxFixture } from './automation-property/mailbox-fixture.ts';
import { type ServiceFixture, startServiceFixture } from './automation-property/service-fixture.ts';
import { undoEverything } from './automation-property/undo-everything.ts';

/** Set to the seed of a failure to repeat its commands; their timing still varies. */
const seed = process.env['PROPERTY_SEED'] === undefined ? {} : { seed: Number(process.env['PROPERTY_SEED']) };
const runs = Number(process.env['PROPERTY_RUNS'] ?? 4);
/** No shrinking: each try takes seconds. */
const options = { ...seed, numRuns: runs, endOnFailure: true };
const limitMs = 600_000;

let service: ServiceFixture;
let people = 0;
beforeAll(async () => {
  service = await startServiceFixture();
});
afterAll(() => service[Symbol.asyncDispose]());

async function runCommands(commands: readonly Command[]): Promise<MailboxFixture> {
  people += 1;
  const fixture = await MailboxFixture.open(service, `owner${people}@contoso.example`);
  for (const command of commands) await perform(fixture, command);
  await settle(fixture);
  return fixture;
}

describe('whatever happens to a mailbox and to the service', () => {
  it(
    'every invariant of the automation holds',
    async () => {
      await fc.assert(
        fc.asyncProperty(commandSequence, async (commands) => {
          const fixture = await runCommands(commands);
          expect(brokenInvariants(await readEvidence(fixture))).toEqual([]);
        }),
        options,
      );
    },
    limitMs,
  );

  it(
    'undoing everything in reverse puts the mailbox back as it was before',
    async () => {
      await fc.assert(
        fc.asyncProperty(commandSequenceWithoutOwner, async (commands) => {
          const fixture = await runCommands(commands);
          const { first, again } = await undoEverything(fixture);
          await settle(fixture);

          expect(first).toEqual(first.map(() => 200));
          expect(again).toEqual(again.map(() => 409));
          const current = [...fixture.delivered.keys()].map((id) => [id, fixture.propertiesOf(id)] as const);
          expect(new Map(current)).toEqual(fixture.delivered);
          expect(brokenInvariants(await readEvidence(fixture))).toEqual([]);
        }),
        options,
      );
    },
    limitMs,
  );
});
