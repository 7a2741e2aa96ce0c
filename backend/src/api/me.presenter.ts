import { z } from 'zod';
import { csrfToken } from '../auth/sessions.ts';
import type { Caller } from '../http/authenticate.ts';
import { aggressivenessLevels, type IUser } from '../models/index.ts';
import { id } from './schemas.ts';

export const meResponse = z
  .object({
    id,
    email: z.string(),
    displayName: z.string().nullable(),
    role: z.enum(['user', 'admin']),
    csrfToken: z.string().describe('Send it with every write, in the header x-msedb-csrf'),
    sessionEndsAt: z.iso.datetime(),
    sessionIdleEndsAt: z.iso.datetime().describe('End of the session if it is not used again'),
  })
  .meta({ id: 'Me' });

/** Presents the signed-in user to themselves. */
export function presentMe(caller: Caller): z.output<typeof meResponse> {
  const { userId, email, displayName = null, role, sessionId, sessionEndsAt, sessionIdleEndsAt } = caller;
  return {
    id: userId,
    email,
    displayName,
    role,
    csrfToken: csrfToken(sessionId),
    sessionEndsAt: sessionEndsAt.toISOString(),
    sessionIdleEndsAt: sessionIdleEndsAt.toISOString(),
  };
}

export const preferencesResponse = z
  .object({
    automationPaused: z.boolean(),
    aggressiveness: z.enum(aggressivenessLevels),
  })
  .meta({ id: 'Preferences' });

/** Presents the preferences of a user. */
export function presentPreferences({
  automationPaused,
  aggressiveness,
}: IUser['preferences']): z.output<typeof preferencesResponse> {
  return { automationPaused, aggressiveness };
}
