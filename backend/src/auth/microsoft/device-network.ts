import { setTimeout as sleep } from 'node:timers/promises';
import { type INetworkModule, type NetworkRequestOptions, type NetworkResponse, ServerError } from '@azure/msal-node';
import { z } from 'zod';
import { secondMs } from '../../lib/durations.ts';

/** The pause that slow_down asks for beside the ordinary one. */
const slowDownMs = 5 * secondMs;

/** Answers of the token endpoint that only mean: ask again (RFC 8628, section 3.5). */
const waitingWords = new Set(['authorization_pending', 'slow_down']);

const refusalSchema = z.object({
  error: z.string(),
  error_description: z.string().optional().catch(undefined),
  error_codes: z.array(z.number()).optional().catch(undefined),
  suberror: z.string().optional().catch(undefined),
});

/**
 * Returns the network client for a sign-in by device code. MSAL reads nothing of a refusal but its word there, fails on
 * slow_down, and shows a code that it did not get: here a refusal keeps Entra ID's number, and slow_down is waited out.
 */
export function createDeviceNetwork(network: INetworkModule): INetworkModule {
  return {
    sendGetRequestAsync: <T>(url: string, options?: NetworkRequestOptions) =>
      network.sendGetRequestAsync<T>(url, options),
    sendPostRequestAsync: async <T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> => {
      const response = await network.sendPostRequestAsync<T>(url, options);
      const { success, data: refusal } = refusalSchema.safeParse(response.body);
      if (!success) return response;
      if (!waitingWords.has(refusal.error)) throw toServerError(refusal);
      if (refusal.error === 'slow_down') await sleep(slowDownMs);
      return { ...response, body: { ...response.body, error: 'authorization_pending' } };
    },
  };
}

function toServerError(refusal: z.infer<typeof refusalSchema>): ServerError {
  const { error, error_description: description, error_codes: codes = [], suberror } = refusal;
  return new ServerError(error, '', description, suberror, codes[0]?.toString());
}
