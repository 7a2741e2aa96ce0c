import type { DeletionPorts } from '../accounts/purge.ts';
import type { SignInDeps } from '../auth/sign-in.ts';
import type { Cookies } from '../http/cookies.ts';
import type { RouteContext } from '../http/route.ts';
import { mountAdminUsers } from './admin-users.ts';
import { mountAuth } from './auth.ts';
import { mountMailboxes } from './mailboxes.ts';
import { mountMe } from './me.ts';
import { mountOpenApi } from './openapi.ts';

export interface ApiOptions {
  readonly context: RouteContext;
  readonly cookies: Cookies;
  /** Missing while sign-in is not set up. */
  readonly signIn: SignInDeps | undefined;
  readonly ports: DeletionPorts;
  readonly version: string;
}

/** Mounts every resource, and last the description of them all. */
export function mountApi({ context, cookies, signIn, ports, version }: ApiOptions): void {
  mountAuth({ context, cookies, signIn });
  mountMailboxes(context, ports);
  mountMe(context, cookies, ports);
  mountAdminUsers(context);
  mountOpenApi(context, version);
}
