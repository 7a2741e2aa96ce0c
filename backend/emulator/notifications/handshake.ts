import { randomUUID } from 'node:crypto';
import { GraphFailure } from '../errors.ts';

const timeoutMs = 10_000;

/** Asks a receiver to prove that it is one: 200, text/plain, and the token as it was. @throws 400 when it does not */
export async function validateReceiver(url: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const target = new URL(url);
  target.searchParams.set('validationToken', token);
  const refusal = await refusalOf(target, token);
  if (refusal !== undefined) {
    throw new GraphFailure(400, 'ValidationError', `Subscription validation request failed. ${refusal}`);
  }
}

async function refusalOf(target: URL, token: string): Promise<string | undefined> {
  try {
    const reply = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await reply.text();
    if (reply.status !== 200) return `Response status code was ${reply.status}.`;
    if (!(reply.headers.get('content-type') ?? '').startsWith('text/plain')) return 'The response is not text/plain.';
    return body === token ? undefined : 'The response does not hold the validation token.';
  } catch (error) {
    return `The receiver did not answer: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
