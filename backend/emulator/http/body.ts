import type { IncomingMessage } from 'node:http';

const maxBodyBytes = 4 * 1_024 * 1_024; // Graph's limit for a request

/** @throws when the body is larger than Graph takes */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBodyBytes) throw new Error('The request body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A form as a record of texts, JSON as parsed; a body that is neither, or malformed, is undefined.
 * What opens as JSON is JSON whatever its type says: `curl -d` calls everything a form.
 */
export function parseBody(text: string, contentType: string): unknown {
  if (text === '') return undefined;
  const isForm = contentType.includes('application/x-www-form-urlencoded');
  if (isForm && !text.startsWith('{')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
