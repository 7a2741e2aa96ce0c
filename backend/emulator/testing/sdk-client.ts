import {
  AuthenticationHandler,
  type AuthenticationProvider,
  Client,
  type Context,
  type Middleware,
  RetryHandler,
  RetryHandlerOptions,
} from '@microsoft/microsoft-graph-client';
import type { Emulator } from '../emulator.ts';
import { signIn } from './app-client.ts';

const worldwide = 'https://graph.microsoft.com';

/**
 * The last stop of the SDK's requests. The SDK gives its token to https alone, so it calls the worldwide Graph, and this
 * leads it to the emulator; links in the answers lead to the worldwide Graph in turn.
 */
class EmulatorTransport implements Middleware {
  readonly #graphUrl: string;
  /** Number of requests that were sent. */
  sent = 0;

  constructor(graphUrl: string) {
    this.#graphUrl = graphUrl;
  }

  async execute(context: Context): Promise<void> {
    this.sent += 1;
    const url = typeof context.request === 'string' ? context.request : context.request.url;
    const reply = await fetch(url.replace(worldwide, this.#graphUrl), context.options);
    const text = (await reply.text()).replaceAll(this.#graphUrl, worldwide);
    const body = text === '' ? null : text;
    context.response = new Response(body, { status: reply.status, headers: reply.headers });
  }
}

export interface SdkClient {
  readonly client: Client;
  /** Number of requests that were sent so far. */
  readonly sent: () => number;
}

/** Signs in, and gives the official SDK of Graph, with its own authentication and retries. */
export async function sdkAs(emulator: Emulator, email: string, scope?: string): Promise<SdkClient> {
  const { accessToken } = await signIn(emulator, email, scope);
  const provider: AuthenticationProvider = { getAccessToken: async () => accessToken };
  const transport = new EmulatorTransport(emulator.graphUrl);
  const authentication = new AuthenticationHandler(provider);
  const retries = new RetryHandler(new RetryHandlerOptions(1, 3));
  authentication.setNext(retries);
  retries.setNext(transport);
  const client = Client.initWithMiddleware({ middleware: authentication, baseUrl: `${worldwide}/` });
  return { client, sent: () => transport.sent };
}
