import { z } from 'zod';
import { getMessage } from '../../src/graph/messages.ts';
import type { GraphRequest } from '../../src/graph/request.ts';

const me = z.object({ id: z.string(), userPrincipalName: z.string(), mail: z.string().nullish() });
const placement = z.object({ id: z.string(), parentFolderId: z.string() });

/** A request with a small answer that every account can be asked for. */
export function getMe(): GraphRequest<z.infer<typeof me>> {
  return { method: 'GET', route: '/me', repeatable: true, answer: me };
}

/** A request for one message with a small answer. */
export function getPlacement(messageId: string): GraphRequest<z.infer<typeof placement>> {
  return { ...getMessage(messageId), select: ['id', 'parentFolderId'], answer: placement };
}
