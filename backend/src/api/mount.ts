import type { DeletionPorts } from '../accounts/purge.ts';
import type { SignInDeps } from '../auth/sign-in.ts';
import type { Cookies } from '../http/cookies.ts';
import type { NotificationIntake } from '../observation/notification-intake.ts';
import type { RouteContext } from '../http/route.ts';
import { mountAdminUsers } from './admin-users.ts';
import { mountAuth } from './auth.ts';
import { mountEvents } from './events.ts';
import { mountMailboxes, type SyncPorts } from './mailboxes.ts';
import { mountMe } from './me.ts';
import { mountOpenApi } from './openapi.ts';
import { mountPatterns } from './patterns.ts';
import type { AnalysisPorts } from './patterns-analysis.ts';
import { mountWebhooks } from './webhooks.ts';

export interface ApiOptions {
  readonly context: RouteContext;
  readonly cookies: Cookies;
  /** Missing while sign-in is not set up. */
  readonly signIn: SignInDeps | undefined;
  readonly watchMailbox: (mailboxId: string) => Promise<void>;
  readonly intake: NotificationIntake;
  readonly ports: DeletionPorts & SyncPorts & AnalysisPorts;
  readonly version: string;
}

/** Mounts every resource, and last the description of them all. */
export function mountApi(options: ApiOptions): void {
  const { context, cookies, signIn, watchMailbox, intake, ports, version } = options;
  mountAuth({ context, cookies, signIn, watchMailbox });
  mountMailboxes(context, ports);
  mountEvents(context);
  mountPatterns(context, ports);
  mountWebhooks(context, intake);
  mountMe(context, cookies, ports);
  mountAdminUsers(context);
  mountOpenApi(context, version);
}
