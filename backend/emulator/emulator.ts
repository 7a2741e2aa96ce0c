import { Control } from './control/control.ts';
import { Entra } from './entra/entra.ts';
import { SigningKeys } from './entra/keys.ts';
import { frontDoor } from './front-door.ts';
import { Graph } from './graph/graph.ts';
import { serve } from './http/server.ts';
import type { EmulatorOptions } from './options.ts';
import { type EmulatorParts, createParts } from './parts.ts';

/** A running Microsoft 365 of our own. */
export interface Emulator extends EmulatorParts {
  readonly url: string;
  readonly loginUrl: string;
  readonly graphUrl: string;
  close(): Promise<void>;
}

/** Starts a Microsoft 365 on a loopback port. Its state is in memory, and ends with it. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const parts = createParts(options);
  const keys = await SigningKeys.open();
  const app = {
    clientId: parts.clientId,
    clientSecret: parts.clientSecret,
    isPublic: options.isPublicClient ?? false,
    certificates: options.certificates ?? [],
    redirectUris: options.redirectUris,
  };
  const entra = new Entra({ ...parts, app, keys });
  const handle = frontDoor({ entra, graph: new Graph(parts), control: new Control(parts), faults: parts.faults });
  const server = await serve(handle, options.port ?? 0, options.basePath ?? '');
  return {
    ...parts,
    url: server.url,
    loginUrl: server.url,
    graphUrl: server.url,
    close: async () => {
      await parts.notifier.close();
      await server.close();
    },
  };
}
