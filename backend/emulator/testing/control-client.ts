import type { Emulator } from '../emulator.ts';

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the control API as `curl -d` does: JSON that calls itself a form. @param path below /_emulator */
export async function control({ url }: Emulator, method: string, path: string, body?: unknown): Promise<ControlAnswer> {
  const reply = await fetch(`${url}/_emulator${path}`, {
    method,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
}
