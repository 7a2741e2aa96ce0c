import { Agent, request as sendRequest } from 'node:http';
import type { FuzzRequest } from './requests.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export interface Credentials {
  readonly cookie?: string;
  readonly csrf?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Sends a request as it is, path and body untouched. A stream is left as soon as it has begun. */
export function send(url: string, { operation, path, headers, body }: FuzzRequest, who: Credentials): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const address = `10.${octet()}.${octet()}.${octet()}`; // no two requests share a limit for strangers
  const sent = {
    ...headers,
    'x-forwarded-for': address,
    ...(who.cookie === undefined ? {} : { cookie: who.cookie }),
    ...(who.csrf === undefined ? {} : { 'x-msedb-csrf': who.csrf }),
  };
  return new Promise((resolve, reject) => {
    const options = { agent, hostname, port, path, method: operation.method, headers: sent };
    const outgoing = sendRequest(options, (response) => {
      const contentType = (response.headers['content-type'] ?? '').split(';')[0] ?? '';
      const status = response.statusCode ?? 0;
      if (contentType === 'text/event-stream') {
        response.destroy();
        resolve({ status, contentType, text: '' });
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status, contentType, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

let sequence = 0;

/** Counts through the addresses 10.0.0.0 to 10.255.255.255. */
function octet(): number {
  sequence += 1;
  return Math.floor(sequence / 3 / 256 ** (sequence % 3)) % 256;
}
