import { z } from 'zod';
import { badSignatures } from '../entra/keys.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import type { EmulatorParts } from '../parts.ts';
import { Endpoints, nothing } from './endpoint.ts';
import { addFaultEndpoints } from './fault-endpoints.ts';
import { addPeopleEndpoints } from './people-endpoints.ts';

const rootName = '/_emulator';

const signInChoice = z.strictObject({
  mode: z.enum(['auto', 'page']).optional(),
  nextAs: z.string().optional(),
  denyNext: z.literal(true).optional(),
  everyoneAs: z.string().nullable().optional(),
  needsAdmin: z.boolean().optional(),
  spoilNext: z
    .strictObject({
      claims: z.record(z.string(), z.unknown()).optional(),
      signature: z.enum(badSignatures).optional(),
    })
    .optional(),
});

/** The control API: JSON over HTTP, for what tests in the same process do by function. */
export class Control {
  readonly #endpoints = new Endpoints();

  constructor(parts: EmulatorParts) {
    const { signIn, truth, privacy, notifier, clock, random } = parts;
    this.#endpoints
      .add('GET', rootName, nothing, () => ({
        seed: random.seed,
        now: new Date(clock.now()).toISOString(),
        people: parts.people.all().map(({ email }) => email),
        notifications: notifier.counts(),
        endpoints: this.#endpoints.list(),
      }))
      .add('POST', `${rootName}/sign-in`, signInChoice, ({ body }) => {
        signIn.mode = body.mode ?? signIn.mode;
        signIn.needsAdmin = body.needsAdmin ?? signIn.needsAdmin;
        if (body.nextAs !== undefined) signIn.nextAs(body.nextAs);
        if (body.spoilNext !== undefined) signIn.spoilNext(body.spoilNext);
        if (body.denyNext === true) signIn.denyNext();
        if (body.everyoneAs !== undefined) signIn.everyoneAs(body.everyoneAs ?? undefined);
      })
      .add('GET', `${rootName}/truth`, nothing, ({ query }) =>
        truth.entries({
          ...(query.has('mailbox') ? { mailbox: query.get('mailbox') ?? '' } : {}),
          ...(query.has('actor') ? { actor: query.get('actor') ?? '' } : {}),
          after: Number(query.get('after') ?? 0),
        }),
      )
      .add('DELETE', `${rootName}/truth`, nothing, () => truth.clear())
      .add('GET', `${rootName}/privacy`, nothing, () => privacy.report())
      .add('DELETE', `${rootName}/privacy`, nothing, () => privacy.clear());
    addPeopleEndpoints(this.#endpoints, parts);
    addFaultEndpoints(this.#endpoints, parts);
  }

  knows(path: string): boolean {
    return path === rootName || path.startsWith(`${rootName}/`);
  }

  handle(request: EmulatorRequest): EmulatorReply {
    return this.#endpoints.answer(request);
  }
}
