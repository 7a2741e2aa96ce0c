import type { Emulator } from '../../emulator/emulator.ts';

/** Counts the requests that would change mail or folders of a person from now on, whatever Graph answers to them. */
export function countMailWrites({ faults }: Emulator, mailbox: string): () => number {
  const kind = { kind: 'slow', delayMs: 0, target: 'graph', path: '/me/', mailbox } as const;
  const counts = ['PATCH', 'POST', 'DELETE', 'PUT'].map((method) => faults.add({ ...kind, method }));
  return () => counts.reduce((sum, count) => sum + count(), 0);
}
